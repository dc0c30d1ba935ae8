# SPDX-License-Identifier: BSD-2-Clause
"""Sphinx: `make docs` stages the pages in build/docs/src and runs it on them."""
project = "axp"
author = "the axp authors"
copyright = "2026, the axp authors"
release = version = "@VERSION@"
extensions = ["myst_parser"]
html_theme = "alabaster"
html_theme_options = {"description": "an associative accelerator you can insmod",
                      "fixed_sidebar": True, "page_width": "1080px"}
html_show_sourcelink = False
html_copy_source = False
highlight_language = "none"
# The manual pages have titles and sections of a manual, in folders of their own.
suppress_warnings = ["toc.not_included", "myst.header", "myst.xref_missing"]
