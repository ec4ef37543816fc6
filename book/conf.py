"""How Sphinx builds the book; `tools/book.py` stages the pages and calls it."""

import pathlib
import re
import tomllib

project = "How machines hear emotion"
author = "the authors of ser-lessons"
project_copyright = "text and figures: CC BY 4.0"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]
exclude_patterns = ["notebooks/learner_*", "requirements.txt"]

nb_execution_mode = "off"
nb_ipywidgets_js = {}  # nothing is loaded from elsewhere: moving pictures show their still
myst_heading_anchors = 3
suppress_warnings = ["mystnb.unknown_mime_type", "ref.python"]
suppress_warnings += ["docutils"]  # docstrings are written for reading
default_role = "code"  # in them, `name` is code
highlight_language = "none"  # what lies in a fence without a language is mostly commands

autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_google_docstring = False
napoleon_use_rtype = False

html_theme = "sphinx_book_theme"
html_title = project
html_static_path = ["static"]
html_favicon = "static/icon.svg"
html_context = {"default_mode": "auto"}
html_css_files = ["book.css"]
html_js_files = ["book.js"]
html_domain_indices = False  # the general index has the modules, too
html_copy_source = False
html_show_sourcelink = False
html_last_updated_fmt = None
html_theme_options = {
    "show_navbar_depth": 1,
    "navbar_persistent": [],
    "use_download_button": False,
    "use_fullscreen_button": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
_project = tomllib.loads((pathlib.Path(__file__).resolve().parents[3] / "pyproject.toml").read_text("utf-8"))["project"]
if _project.get("urls"):
    html_theme_options |= {"repository_url": _project["urls"]["Repository"], "use_repository_button": True}


def setup(app):
    """Show docstrings as they are meant: prose, then its sections; a constant's sentence with a colon is no type."""
    written, section = {}, re.compile(r"\w+\n---")

    def prose_first(app, what, name, obj, options, lines):
        written[name] = list(lines)
        parts = "\n".join(lines).split("\n\n")
        parts = [re.sub(r"\n +", " ", part) if section.match(part) else part for part in parts]
        lines[:] = "\n\n".join(sorted(parts, key=lambda part: bool(section.match(part)))).split("\n")

    def as_written(app, what, name, obj, options, lines):
        if what in ("attribute", "data", "property"):
            lines[:] = written[name]

    def no_alias(app, what, name, obj, skip, options):
        return True if str(obj.__doc__).startswith("Alias for field number") else None

    app.connect("autodoc-process-docstring", prose_first, priority=100)
    app.connect("autodoc-process-docstring", as_written, priority=900)
    app.connect("autodoc-skip-member", no_alias)
