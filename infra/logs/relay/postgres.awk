# Postgres' server log, written with log_line_prefix = '%m [%p] %e %q%u ':
#   2026-11-22 15:04:05.123 UTC [7] 57P01 users_service FATAL:  MESSAGE
# A message with its DETAIL, HINT … and its further lines, which begin with a tab, is one document.
# Of a session's messages only the first line is kept: the others quote rows and statements, and
# so what people wrote. The server's own messages are kept whole.

BEGIN {
    service = "postgres"
    dataset = "postgres.log"
}

/^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9:.]+ UTC \[[0-9]+\] [0-9A-Z]+ / {
    text = between($0, "] ", "")
    state = substr(text, 1, 5)
    text = substr(text, 7)
    match(text, /(^| )(DEBUG[1-5]?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC|DETAIL|HINT|QUERY|CONTEXT|STATEMENT|LOCATION|BACKTRACE):  /)
    role = substr(text, 1, RSTART - 1)
    text = substr(text, RSTART + (role != ""))
    kind = substr(text, 1, index(text, ":") - 1)
    if (tolower(kind) in level_of || kind ~ /^DEBUG/) begin_message()
    else more(kind ": " substr(text, length(kind) + 4))
    next
}

# An empty line ends a pause: the message that is held must be complete by now.
/^$/ { flush_message(); waiting = 0; next }

/^\t/ { more(substr($0, 2)); next }

# Anything else: what the container's own scripts say, or the rest of a line too long for awk.
{
    if (holds && from != "") next
    flush_message()
    plain($0, "info")
}

END { flush_message() }

function begin_message() {
    flush_message()
    holds = 1
    at = substr($0, 1, 10) "T" substr($0, 12, 12) "Z"
    level = kind ~ /^DEBUG/ ? "debug" : level_of[tolower(kind)]
    # Refusing a connection while the server starts or stops is no error.
    if (level == "error" && state ~ /^57P0/) level = "warning"
    message = substr(text, length(kind) + 4)
    pid = between($0, "[", "]")
    from = role
    error = state
    await_more()
}

function more(line) {
    if (holds && from == "") message = message "\n" line
}

# awk can't look ahead; an empty line, sent a moment later, says that no more lines followed.
function await_more() {
    if (waiting || ENVIRON["FIFO"] == "") return
    waiting = 1
    system("{ sleep 0.2; echo; } 1<>\"$FIFO\" 2>/dev/null &")
}

function flush_message(    version) {
    if (!holds) return
    holds = 0
    open_document(at, level, message)
    add_number("process.pid", pid)
    if (error != "00000") add("error.code", error)
    add("minitwit.postgres.role", from)
    if (message ~ /^starting PostgreSQL /) {
        version = substr(message, 21)
        sub(/ .*/, "", version)
        add_start(version)
    }
    close_document()
}
