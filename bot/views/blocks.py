"""The shapes of Slack's Block Kit that the views use, as typed plain dicts.

Reference: https://docs.slack.dev/reference/block-kit. Dicts, because builders cost a hundred times as much
and lack the newer blocks; the limits are in `limits`.
"""

from typing import Literal, NotRequired, TypeAlias, TypedDict


class PlainText(TypedDict):
    """Text that Slack shows as it is."""

    type: Literal["plain_text"]
    text: str
    emoji: bool


class Mrkdwn(TypedDict):
    """Text with Slack's markup; `verbatim` stops Slack from linking what only looks like an address or a channel."""

    type: Literal["mrkdwn"]
    text: str
    verbatim: bool


Text: TypeAlias = PlainText | Mrkdwn


class Option(TypedDict):
    """A line of a menu."""

    text: PlainText
    value: str


class Confirm(TypedDict):
    """A question before an action is sent."""

    title: PlainText
    text: PlainText
    confirm: PlainText
    deny: PlainText
    style: NotRequired[Literal["primary", "danger"]]


class Button(TypedDict):
    """A button."""

    type: Literal["button"]
    text: PlainText
    action_id: str
    value: NotRequired[str]
    url: NotRequired[str]
    style: NotRequired[Literal["primary", "danger"]]
    confirm: NotRequired[Confirm]
    accessibility_label: NotRequired[str]


class Overflow(TypedDict):
    """The three-dots menu."""

    type: Literal["overflow"]
    action_id: str
    options: list[Option]


class StaticSelect(TypedDict):
    """A menu of options that the view names."""

    type: Literal["static_select"]
    action_id: str
    options: list[Option]
    placeholder: NotRequired[PlainText]
    initial_option: NotRequired[Option]


class ExternalSelect(TypedDict):
    """A menu that asks the app for its options while a person types."""

    type: Literal["external_select"]
    action_id: str
    min_query_length: int
    placeholder: NotRequired[PlainText]
    initial_option: NotRequired[Option]


class ConversationsSelect(TypedDict):
    """A menu of the person's channels."""

    type: Literal["conversations_select"]
    action_id: str
    default_to_current_conversation: bool
    filter: dict[str, list[str] | bool]


class PlainTextInput(TypedDict):
    """A line or a box to type in."""

    type: Literal["plain_text_input"]
    action_id: str
    multiline: bool
    max_length: int
    initial_value: NotRequired[str]
    placeholder: NotRequired[PlainText]


class Checkboxes(TypedDict):
    """Boxes to tick."""

    type: Literal["checkboxes"]
    action_id: str
    options: list[Option]
    initial_options: NotRequired[list[Option]]


Element: TypeAlias = (
    Checkboxes | Button | Overflow | StaticSelect | ExternalSelect | ConversationsSelect | PlainTextInput
)


class Header(TypedDict):
    """A title."""

    type: Literal["header"]
    text: PlainText


class Section(TypedDict):
    """A paragraph or pairs of fields, with at most one element beside it."""

    type: Literal["section"]
    text: NotRequired[Text]
    fields: NotRequired[list[Text]]
    accessory: NotRequired[Element]
    block_id: NotRequired[str]


class Divider(TypedDict):
    """A line across."""

    type: Literal["divider"]


class Context(TypedDict):
    """Small print."""

    type: Literal["context"]
    elements: list[Text]


class Actions(TypedDict):
    """A row of buttons and menus."""

    type: Literal["actions"]
    elements: list[Element]
    block_id: NotRequired[str]


class Input(TypedDict):
    """A labelled field of a dialog."""

    type: Literal["input"]
    block_id: str
    label: PlainText
    element: Element
    optional: bool
    hint: NotRequired[PlainText]


class Style(TypedDict, total=False):
    """How a piece of rich text is set."""

    bold: bool
    italic: bool
    strike: bool
    code: bool


class RichPiece(TypedDict):
    """Literal text, an emoji by name, a link, a person or a channel, inside rich text."""

    type: Literal["text", "emoji", "link", "user", "channel"]
    text: NotRequired[str]
    name: NotRequired[str]
    url: NotRequired[str]
    user_id: NotRequired[str]
    channel_id: NotRequired[str]
    style: NotRequired[Style]


class RichSection(TypedDict):
    """A paragraph of rich text; a quote has the same shape."""

    type: Literal["rich_text_section", "rich_text_quote"]
    elements: list[RichPiece]


class RichText(TypedDict):
    """Formatted text in which nothing is read as markup."""

    type: Literal["rich_text"]
    elements: list[RichSection]


class Cell(TypedDict):
    """A cell of a table: literal text of at least one character."""

    type: Literal["raw_text"]
    text: str


class Column(TypedDict, total=False):
    """How a column of a table is set."""

    align: Literal["left", "center", "right"]
    is_wrapped: bool


class Table(TypedDict):
    """A grid whose first row is its header; a message holds one."""

    type: Literal["table"]
    column_settings: list[Column]
    rows: list[list[Cell]]


class Container(TypedDict):
    """A box that can be folded away."""

    type: Literal["container"]
    title: PlainText
    is_collapsible: bool
    default_collapsed: bool
    child_blocks: list["Block"]
    subtitle: NotRequired[PlainText]


class Point(TypedDict):
    """A bar."""

    label: str
    value: float


class Series(TypedDict):
    """Bars of one colour, one for each category."""

    name: str
    data: list[Point]


class Axes(TypedDict):
    """The categories in order, and what the axes are called."""

    categories: list[str]
    x_label: NotRequired[str]
    y_label: NotRequired[str]


class BarChart(TypedDict):
    """A bar chart."""

    type: Literal["bar"]
    series: list[Series]
    axis_config: Axes


class DataVisualization(TypedDict):
    """Slack's native chart."""

    type: Literal["data_visualization"]
    title: str
    chart: BarChart


Block: TypeAlias = (
    Header | Section | Divider | Context | Actions | Input | RichText | Table | Container | DataVisualization
)


class Modal(TypedDict):
    """A dialog."""

    type: Literal["modal"]
    callback_id: str
    title: PlainText
    close: PlainText
    blocks: list[Block]
    private_metadata: str
    submit: NotRequired[PlainText]


class Home(TypedDict):
    """The Home tab of one person."""

    type: Literal["home"]
    callback_id: str
    blocks: list[Block]


View: TypeAlias = Modal | Home
