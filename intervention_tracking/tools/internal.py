class Internal:
    """A value that the addon's own code hands on in the context.

    Whoever calls over RPC chooses the context, and no caller there can make one.
    """

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value


def internal_value(env, key, default=None):
    """Return what the addon's own code has put into the context under the key.

    :param env: the environment whose context is looked at
    :param str key: of the context
    :param default: what is returned when there is nothing, or a caller's own value
    """
    found = env.context.get(key)
    return found.value if isinstance(found, Internal) else default
