# The manual, installed beside README.
dist_doc_DATA = \
	docs/directives.md \
	docs/operations.md \
	docs/recipes.md
