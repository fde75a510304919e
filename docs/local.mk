# The manual, installed beside README.
dist_doc_DATA = \
	docs/architecture.md \
	docs/benchmarks.md \
	docs/counting.md \
	docs/directives.md \
	docs/endpoint.md \
	docs/exports.md \
	docs/glossary.md \
	docs/hosters.md \
	docs/image-format.md \
	docs/lists.md \
	docs/operations.md \
	docs/packages.md \
	docs/recipes.md \
	docs/security.md \
	docs/sources.md \
	docs/troubleshooting.md \
	docs/upgrading.md
