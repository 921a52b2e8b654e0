"""How dates are written, where Django writes them otherwise than people here do. Found by FORMAT_MODULE_PATH."""
