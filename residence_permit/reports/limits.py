"""How large a table may be. These protect the machine; none of them is a figure of law."""

MEGABYTE = 1024 * 1024
MAX_BYTES = 8 * MEGABYTE
MAX_ROWS = 20_000  # with something in them, the head not counted
MAX_HEIGHT = 50_000  # lines on the sheet, the empty ones too
MAX_WIDTH = 40  # columns
MAX_CELL = 500  # characters; more is cut, and then refused as too long
MAX_PARTS = 500  # files inside an .xlsx
MAX_UNPACKED = 40 * MEGABYTE  # all of them together
MAX_STRINGS = 12 * MEGABYTE  # the table of texts, which is kept in memory as a whole
