# The manual, installed beside README.
dist_doc_DATA = \
	docs/directives.md \
	docs/recipes.md
