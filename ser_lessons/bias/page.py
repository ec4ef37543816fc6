"""draft"""


def render_page(report):
    return ""
