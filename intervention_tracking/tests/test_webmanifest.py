import struct

from odoo.tests import HttpCase, tagged

MANIFEST = (
    "/web/manifest.scoped_app_manifest"
    "?app_id=intervention_tracking&path=%2Fscoped_app%2Finterventions&app_name="
)
PAGE = "/scoped_app?app_id=intervention_tracking&path=scoped_app%2Finterventions"


@tagged("standard", "post_install", "-at_install")
class TestWebManifest(HttpCase):
    """The app can be installed on a phone, with its own icon."""

    def manifest(self, query=MANIFEST):
        response = self.url_open(query)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["Content-Type"], "application/manifest+json")
        return response.json()

    def test_the_manifest_names_the_app_and_where_it_begins(self):
        page = self.url_open(PAGE).text
        href = page.split('rel="manifest"')[1].split('href="')[1].split('"')[0]
        manifest = self.manifest(href.replace("&amp;", "&"))
        self.assertEqual(manifest["name"], "Interventions")
        self.assertEqual(manifest["display"], "standalone")
        self.assertEqual(manifest["start_url"], "/scoped_app/interventions")

    def test_every_screen_is_within_the_scope(self):
        scope = self.manifest()["scope"]
        paths = self.env["ir.actions.act_window"].search(
            [("path", "like", "intervention")]
        )
        self.assertGreaterEqual(len(paths), 5)
        for path in paths.mapped("path"):
            self.assertTrue(f"/scoped_app/{path}".startswith(scope), path)

    def test_the_icons_exist_in_the_sizes_that_they_are_said_to_have(self):
        icons = self.manifest()["icons"]
        self.assertEqual(
            [(icon["sizes"], icon.get("purpose")) for icon in icons],
            [("192x192", None), ("512x512", None), ("512x512", "maskable")],
        )
        for icon in icons:
            with self.subTest(icon["src"]):
                response = self.url_open(icon["src"])
                self.assertEqual(response.headers["Content-Type"], icon["type"])
                size = struct.unpack(">II", response.content[16:24])
                self.assertEqual("{}x{}".format(*size), icon["sizes"])

    def test_an_iphone_gets_a_picture_as_well(self):
        response = self.url_open("/scoped_app_icon_png?app_id=intervention_tracking")
        self.assertEqual(response.headers["Content-Type"], "image/png")

    def test_other_apps_keep_theirs(self):
        manifest = self.manifest(
            "/web/manifest.scoped_app_manifest?app_id=mail&path=%2Fscoped_app%2Fdiscuss"
        )
        self.assertEqual(manifest["scope"], "/scoped_app/discuss")
        self.assertIn("/mail/static/description/icon.svg", manifest["icons"][0]["src"])

    def test_odoos_own_manifest_stays(self):
        self.assertEqual(self.manifest("/web/manifest.webmanifest")["scope"], "/odoo")
