"""What people see: functions from frozen values to Slack's blocks, without I/O.

Each view returns a `kit.Message` or a `kit.View`. Names and anything a person typed go through `text.clean`
where Slack shows text literally and through `text.escape` where Slack reads markup.
"""
