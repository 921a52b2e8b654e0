"""Documents on paper: a title, parts and tables as a PDF, in Chinese type, the same bytes for the same content."""

from jinxiu.documents.model import Document, Pairs, Picture, Section, Table, Words
from jinxiu.documents.pdf import pdf

__all__ = ["Document", "Pairs", "Picture", "Section", "Table", "Words", "pdf"]
