import re

from odoo import fields
from odoo.tools import SQL

from .sql import drop_old_search_keys
from .text import clean_number, is_blank, search_patterns


class StudentNumber(fields.Char):
    """A number without invisible characters and blanks around it, whoever writes it.

    The spelling is kept, and whoever looks for it need not know the case.
    """

    def convert_to_cache(self, value, record, validate=True):
        value = super().convert_to_cache(value, record, validate)
        return (value and clean_number(value)) or None

    def _condition_to_sql(self, field_expr, operator, value, model, alias, query):
        if operator not in ("in", "not in"):
            value = clean_number(value) if isinstance(value, str) else value
            return super()._condition_to_sql(
                field_expr, operator, value, model, alias, query
            )
        column = model._field_to_sql(alias, field_expr, query)
        numbers = [number for number in map(self._cleaned, value) if number]
        found = SQL("FALSE")
        if numbers:
            # PostgreSQL's own, as in the unique index.
            numbers = SQL(", ").join(SQL("lower(%s)", number) for number in numbers)
            found = SQL("lower(%s) IN (%s)", column, numbers)
        if not all(map(self._cleaned, value)):
            found = SQL("(%s OR %s IS NULL)", found, column)
        return found if operator == "in" else SQL("(%s) IS NOT TRUE", found)

    def filter_function(self, records, field_expr, operator, value):
        if operator != "in":
            value = clean_number(value) if isinstance(value, str) else value
            return super().filter_function(records, field_expr, operator, value)
        numbers = {self._cleaned(each).lower() for each in value}
        return lambda record: (record[self.name] or "").lower() in numbers

    @staticmethod
    def _cleaned(value):
        return clean_number(str(value)) if value else ""


class SearchKey(fields.Char):
    """The names and the number by which somebody is found, made by ``search_key``.

    A person is found by any words of them, in any order.
    """

    def update_db(self, model, columns):
        # Once all columns of the table are there.
        model.pool.post_init(drop_old_search_keys, model.env.cr)
        return super().update_db(model, columns)

    def _condition_to_sql(self, field_expr, operator, value, model, alias, query):
        if operator not in ("like", "ilike", "not like", "not ilike"):
            return super()._condition_to_sql(
                field_expr, operator, value, model, alias, query
            )
        column = model._field_to_sql(alias, field_expr, query)
        patterns = [SQL("%s LIKE %s", column, each) for each in search_patterns(value)]
        # Nothing to look for finds all, as in every field.
        found = SQL(" AND ").join(patterns) or SQL(str(is_blank(value)))
        return SQL("(%s) IS NOT TRUE" if "not" in operator else "(%s)", found)

    def filter_function(self, records, field_expr, operator, value):
        if operator not in ("like", "ilike"):
            return super().filter_function(records, field_expr, operator, value)
        words = [
            re.compile(re.escape(pattern.strip("%")).replace("_", "."))
            for pattern in search_patterns(value)
        ]
        if not words:
            return lambda _record: is_blank(value)
        return lambda record: all(
            word.search(record[self.name] or "") for word in words
        )
