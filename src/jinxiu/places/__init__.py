"""The list of places: city, district, street, community, with the codes of the statistics bureau."""
