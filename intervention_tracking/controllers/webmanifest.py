import json
from urllib.parse import unquote

from odoo import http
from odoo.http import request

from odoo.addons.web.controllers.webmanifest import WebManifest

APP = "intervention_tracking"
# Every screen of the app has an address that begins like this.
SCOPE = "/scoped_app/intervention"
COLOR = "#1f6f78"
ICONS = f"/{APP}/static/img/icon"


class InterventionWebManifest(WebManifest):
    """What makes the app installable on its own, with its own icon."""

    def _get_scoped_app_icons(self, app_id):
        if app_id != APP:
            return super()._get_scoped_app_icons(app_id)
        icons = [
            {"src": f"{ICONS}-{size}.png", "sizes": f"{size}x{size}"}
            for size in (192, 512)
        ]
        maskable = {
            "src": f"{ICONS}-maskable-512.png",
            "sizes": "512x512",
            "purpose": "maskable",
        }
        return [{**icon, "type": "image/png"} for icon in (*icons, maskable)]

    def _get_scoped_app_name(self, app_id):
        if app_id != APP:
            return super()._get_scoped_app_name(app_id)
        # A phone has room for one word below an icon.
        return request.env._("Interventions")

    @http.route()
    def scoped_app_manifest(self, app_id, path, app_name=""):
        response = super().scoped_app_manifest(app_id, path, app_name)
        if app_id != APP:
            return response
        manifest = json.loads(response.get_data())
        # The app as Odoo makes it would end where its first screen does.
        if unquote(path).startswith(SCOPE):
            manifest["scope"] = SCOPE
        manifest.update(
            id=SCOPE,
            short_name=manifest["name"],
            background_color=COLOR,
            theme_color=COLOR,
        )
        response.set_data(json.dumps(manifest))
        return response
