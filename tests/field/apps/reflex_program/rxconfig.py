"""The settings of the counter, as Reflex reads them."""

import reflex

config = reflex.Config(
    app_name="counter",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    disable_plugins=[reflex.plugins.SitemapPlugin],
)
