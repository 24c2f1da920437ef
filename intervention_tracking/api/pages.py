"""What the lists of all endpoints have: pages, cursors, and filters to be known."""

import json
from urllib.parse import urlencode

from odoo.http import request

from . import parse
from .problem import invalid, not_found


class Pages:
    """For controllers whose endpoints answer with pages of a list."""

    @property
    def _root(self):
        return request.httprequest.host_url.rstrip("/")

    def _check_known(self, arguments):
        """Raise for a class or a company that the caller may not see."""
        faults = {}
        classes = request.env["intervention.class"].with_context(active_test=False)
        if "class" in arguments and not classes.search_count(
            [("id", "=", arguments["class"])], limit=1
        ):
            faults["class"] = ["There is no such class."]
        if not set(arguments.get("company", ())) <= set(request.env.companies.ids):
            faults["company"] = ["You have no such company."]
        if faults:
            raise invalid(faults)

    def _page(self, query, read, subject):
        """Return a page of the list that is read of the subject.

        :param read: returns for the subject, a limit and an offset whether there is
            such a list, its length, and the page as the text of JSON
        """
        limit, offset = parse.page(query)
        exists, count, results = read(subject, limit, offset)
        if not exists or (offset and offset >= count):
            raise not_found()
        return self._page_of(count, limit, offset, results)

    def _page_of(self, count, limit, offset, results):
        """Return a page as JSON, with the addresses of those beside it."""
        number = offset // limit + 1
        following = self._page_url(number + 1) if offset + limit < count else "null"
        previous = self._page_url(number - 1) if number > 1 else "null"
        return self._page_text(count, following, previous, results)

    def _cursor_page(self, query, read, subject):
        """Return a page of the list from a cursor on.

        :param read: returns for the subject, a limit and an id the length of the list,
            the page as the text of JSON, and its last id when there are more
        """
        if "page" in query:
            raise invalid({"page": ["Send either a page or a cursor."]})
        limit, _offset = parse.page(query)
        count, results, last = read(subject, limit, query["cursor"])
        following = self._page_url(parse.cursor(last), "cursor") if last else "null"
        return self._page_text(count, following, "null", results)

    def _page_text(self, count, following, previous, results):
        return (
            f'{{"count": {count}, "next": {following}, "previous": {previous}, '
            f'"results": {results}}}'
        )

    def _page_url(self, place, name="page"):
        """Return the address of another page of the same query, as JSON."""
        arguments = request.httprequest.args.to_dict()
        arguments[name] = place
        return json.dumps(f"{request.httprequest.base_url}?{urlencode(arguments)}")
