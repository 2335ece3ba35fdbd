# What nginx.awk and postgres.awk share: one ECS document a line, whatever bytes come in.
# Any awk will do; LC_ALL=C makes a character a byte.

BEGIN {
    for (byte = 1; byte < 256; byte++) code[sprintf("%c", byte)] = byte
    level_of["debug"] = "debug"
    level_of["info"] = level_of["notice"] = level_of["log"] = "info"
    level_of["warn"] = level_of["warning"] = "warning"
    level_of["error"] = level_of["fatal"] = "error"
    level_of["crit"] = level_of["alert"] = level_of["emerg"] = level_of["panic"] = "critical"
}

function open_document(at, level, message) {
    document = "{\"@timestamp\":\"" at "\",\"log.level\":\"" level "\",\"message\":" quoted(message)
    document = document ",\"ecs.version\":\"9.2.0\",\"service.name\":\"" service "\""
    document = document ",\"event.dataset\":\"" dataset "\""
    add("service.environment", ENVIRON["MINITWIT_ENVIRONMENT"])
}

function add(name, value) {
    if (value != "") document = document ",\"" name "\":" quoted(value)
}

function add_number(name, value) {
    if (value ~ /^[0-9]+$/) document = document ",\"" name "\":" (value + 0)
}

# For a process's first line: that it has started, and which version it is.
function add_start(version) {
    add("event.action", "started")
    add("service.version", version)
    add("minitwit.commit", ENVIRON["MINITWIT_COMMIT"])
}

# In one write: others write to the same log, and mawk would write the line's end separately.
function close_document() {
    printf "%s", document "}\n"
    fflush()
}

# A line that is not in the program's own form, such as what it says before it has a log.
function plain(text, level) {
    open_document(now(), level, text)
    close_document()
}

function now(    command, moment) {
    command = "date -u +%Y-%m-%dT%H:%M:%SZ"
    command | getline moment
    close(command)
    return moment
}

# What lies between two marks, "" if either is missing; `last` may be "" for the end.
function between(text, first, last,    place) {
    if (!(place = index(text, first))) return ""
    text = substr(text, place + length(first))
    if (last == "") return text
    return (place = index(text, last)) ? substr(text, 1, place - 1) : ""
}

# A JSON string. Control characters are escaped; bytes that are no UTF-8 become U+FFFD.
function quoted(text,    out, i, size, char) {
    if (text !~ /[^ -~]|["\\]/) return "\"" text "\""
    for (i = 1; i <= length(text); i += size ? size : 1) {
        size = span(text, i)
        char = substr(text, i, size)
        if (!size) out = out "\\ufffd"
        else if (char == "\"" || char == "\\") out = out "\\" char
        else if (code[char] < 32 && size == 1) out = out sprintf("\\u%04x", code[char])
        else out = out char
    }
    return "\"" out "\""
}

# How many bytes the character at `i` has; 0 if that is not valid UTF-8.
function span(text, i,    first, size, low, high, k) {
    first = code[substr(text, i, 1)]
    if (first < 128) return 1
    if (first < 194 || first > 244) return 0
    size = first < 224 ? 2 : first < 240 ? 3 : 4
    # No overlong forms, no surrogates, nothing beyond the last plane.
    low = first == 224 ? 160 : first == 240 ? 144 : 128
    high = first == 237 ? 159 : first == 244 ? 143 : 191
    for (k = 1; k < size; k++) {
        if (code[substr(text, i + k, 1)] < low || code[substr(text, i + k, 1)] > high) return 0
        low = 128
        high = 191
    }
    return size
}
