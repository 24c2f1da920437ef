"""Which day it is: the one notion of a day, in Python and in SQL (design rule 9).

It is the user's day by their time zone; who has none has their company's, and where
that has none either, it is UTC.
"""

from datetime import datetime

import pytz
from babel.dates import format_interval, format_skeleton
from odoo.tools import SQL, format_time
from odoo.tools.misc import babel_locale_parse, get_lang

# PostgreSQL takes these for abbreviations, which know no summer time. The zones have
# the same time by the tz database.
_NOT_ABBREVIATED = {
    "CET": "Europe/Brussels",
    "EET": "Europe/Athens",
    "MET": "Europe/Brussels",
    "WET": "Europe/Lisbon",
}
# The digits that the web client writes days in.
_ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def zone_of(env, user=None, company=None):
    """Return the time zone whose days count, as a zone of pytz.

    :param env: the environment; without a user, its context's zone comes first, as in
        all of Odoo
    :param user: the ``res.users`` whose day it is, by default the environment's
    :param company: whose zone stands in for theirs, by default the environment's
    """
    for name in _candidates(env, user, company):
        # Whoever calls over RPC chooses the context: what no zone is called is none.
        if isinstance(name, str):
            try:
                return pytz.timezone(name)
            except pytz.UnknownTimeZoneError:
                continue
    return pytz.utc


def _candidates(env, user, company):
    if user is None:
        yield env.context.get("tz")
        user = env.user
    # sudo: everybody may know what day it is, if not all of a user or a company.
    yield user.sudo().tz
    company = (env.company if company is None else company).sudo()
    yield company.partner_id.tz
    yield company.resource_calendar_id.tz


def zone_name_sql(user, person):
    """Return the SQL of what ``zone_of`` goes by for a user in their own company.

    It is for who reads of the user anyway, and puts the name into the context.

    :param str user: the alias of their ``res_users``
    :param str person: the alias of their ``res_partner``
    """
    return SQL(
        """COALESCE(
            %(zone)s,
            (SELECT tz FROM res_partner WHERE id = (
                SELECT partner_id FROM res_company WHERE id = %(company)s)),
            (SELECT tz FROM resource_calendar WHERE id = (
                SELECT resource_calendar_id FROM res_company WHERE id = %(company)s)),
            'UTC')""",
        zone=SQL.identifier(person, "tz"),
        company=SQL.identifier(user, "company_id"),
    )


def day_of(moment, zone):
    """Return the day that a time is on.

    :param datetime moment: in UTC, as Odoo stores times
    :param zone: of ``zone_of``
    """
    return pytz.utc.localize(moment).astimezone(zone).date()


def day_sql(moment, zone):
    """Return what ``day_of`` does as SQL.

    :param SQL moment: a ``timestamp`` in UTC
    :param zone: of ``zone_of``
    """
    return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, sql_zone(zone))


def sql_zone(zone):
    """Return the name by which PostgreSQL knows a zone of ``zone_of``."""
    return _NOT_ABBREVIATED.get(zone.zone, zone.zone)


def day_text(env, day):
    """Return a day as the web client writes it, with its year.

    :param env: in whose language
    :param day: a date; may be False
    """
    if not day:
        return ""
    locale = babel_locale_parse(get_lang(env).code)
    text = format_skeleton("yMMMd", day, locale=locale)
    return text.translate(_ARABIC) if locale.language == "ar" else text


def days_text(env, first, last=None, skeleton="MMMd"):
    """Return the days from one to another, without their year; or one day.

    :param env: in whose language
    :param str skeleton: of CLDR, what is said of a day
    """
    locale = babel_locale_parse(get_lang(env).code)
    text = format_interval(first, last or first, skeleton, locale=locale)
    return text.translate(_ARABIC) if locale.language == "ar" else text


def moment_text(env, moment):
    """Return a time as the web client writes it, on the user's day and with its year.

    :param env: in whose language
    :param datetime moment: in UTC, as Odoo stores times
    """
    zone = zone_of(env)
    time = format_time(env, moment, tz=zone.zone, time_format="short")
    return f"{day_text(env, day_of(moment, zone))}, {time}"


def today(records, user=None, company=None):
    """Return what day it is; takes what ``zone_of`` does, records for its environment.

    It is also the default of a date.
    """
    return day_of(datetime.now(), zone_of(records.env, user, company))
