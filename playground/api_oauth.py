"""The methods of an installation: a code or a refresh token becomes a token."""

from playground.grants import GrantError
from playground.identity import Payload
from playground.web_api import Call, Method, SlackError


def oauth_v2_access(call: Call) -> Payload:
    """oauth.v2.access; the app's own secret opens it."""
    try:
        grant, answer = call.space.grants.exchange({name: str(value) for name, value in call.args.items()})
    except GrantError as error:
        raise SlackError(error.code) from None
    call.space.arrived(grant)
    return answer


METHODS = {"oauth.v2.access": Method(oauth_v2_access, None, 4, opened_by="anyone")}
