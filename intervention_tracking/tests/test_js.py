from odoo.tests import HttpCase, no_retry, tagged

# The module, not its classes: their tests would run here as well.
from odoo.addons.web.tests import test_js


class UnitTests(HttpCase):
    """The JavaScript unit tests of this addon, and no others."""

    def _run_unit_tests(self, options):
        suite = test_js.HOOTCommon._generate_hash(self, "@intervention_tracking")
        messages = []

        def goes_on(message):
            messages.append(message)
            return test_js.unit_test_error_checker(message)

        try:
            self.browser_js(
                f"/web/tests?headless&loglevel=2&timeout=15000&{options}&id={suite}",
                "",
                login="admin",
                timeout=300,
                success_signal="[HOOT] Test suite succeeded",
                error_checker=goes_on,
            )
        except AssertionError as error:
            # Odoo's says only that something failed.
            raise AssertionError("\n".join(messages)) from error


@tagged("standard", "post_install", "-at_install", "alone")
class TestDesktop(UnitTests):
    @no_retry
    def test_unit_desktop(self):
        self._run_unit_tests("preset=desktop")


@tagged("standard", "post_install", "-at_install", "alone")
class TestMobile(UnitTests):
    browser_size = "375x667"
    touch_enabled = True

    @no_retry
    def test_unit_mobile(self):
        self._run_unit_tests("preset=mobile&tag=-headless")
