"""How Slack reaches us."""

SLACK_PATH = "/slack/events"  # events, commands, interactions and options alike
INSTALL_PATH = "/slack/install"
INSTALLED_PATH = "/slack/oauth_redirect"
