"""The paper that was signed by hand, photographed page by page, with its agreement."""
