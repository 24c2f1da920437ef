from odoo.exceptions import ValidationError


class Problems(dict):
    """What is wrong with values: field name to the list of messages about it."""

    def __setitem__(self, name, message):
        """Say what is wrong with a field, whatever was said of it before."""
        return super().__setitem__(name, [message])

    def add(self, name, message):
        """Say what is wrong with a field, besides what was said of it before."""
        self.setdefault(name, []).append(message)


def field_error(name, message, code="validation_error"):
    """Return the ``validation_error`` about one field."""
    return validation_error({name: [message]}, code)


def validation_error(problems, code="validation_error"):
    """Return a ``ValidationError`` that also says which fields are at fault.

    The exception is Odoo's own class, as its web client knows no other.

    :param dict problems: field name to the list of its messages
    :param str code: what kind of problem it is, for callers that are programs
    :return: the exception; its ``problems`` and ``code`` are the arguments
    """
    messages = dict.fromkeys(text for texts in problems.values() for text in texts)
    error = ValidationError("\n".join(messages))
    error.problems = problems
    error.code = code
    # The web client says each of them at its field.
    error.context = {"intervention_problems": problems}
    return error


def several_validation_error(faults, messages, code="validation_error"):
    """Return a ``ValidationError`` about some of several records.

    :param dict faults: position of the record to its problems, by field name
    :param list messages: what is said about all of them
    :param str code: as for ``validation_error``
    :return: the exception; its ``each`` is the faults, its ``problems`` are all fields
    """
    problems = {}
    for each in faults.values():
        for name, texts in each.items():
            problems.setdefault(name, []).extend(texts)
    error = validation_error(problems, code)
    error.args = ("\n".join(messages),)
    error.each = faults
    return error


def named_in_records(env):
    """Return why somebody is not deleted, for those who may not know of any case."""
    return env._(
        "This person is named in records that must be kept. Archive the person "
        "instead of deleting them."
    )
