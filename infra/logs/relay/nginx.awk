# NGINX's error log:
#   2026/11/22 15:04:05 [error] 7#7: *12 MESSAGE, client: …, server: …, request: "…", upstream: "…", …
# Of what the client sent only method and path are kept: queries and referrers may hold anything.
# What a client alone did wrong is no error of ours, though NGINX calls some of it one.

BEGIN {
    service = "gateway"
    dataset = "gateway.error"
    open_document(now(), "info", "gateway is starting")
    add_start(ENVIRON["MINITWIT_VERSION"])
    close_document()
}

/^[0-9][0-9][0-9][0-9]\/[0-9][0-9]\/[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9] \[[a-z]+\] [0-9]+#/ {
    day = substr($0, 1, 4) "-" substr($0, 6, 2) "-" substr($0, 9, 2)
    message = between($0, ": ", "")
    connection = ""
    if (message ~ /^\*[0-9]+ /) {
        connection = substr(message, 2, index(message, " ") - 2)
        message = substr(message, index(message, " ") + 1)
    }
    context = between(message, ", client: ", "")
    if (place = index(message, ", client: ")) message = substr(message, 1, place - 1)
    gsub(/\?[^ "]*/, "", message)
    level = level_of[between($0, "[", "]")]
    if (level == "error" && message ~ /^client (sent|intended to send) /) level = "info"
    open_document(day "T" substr($0, 12, 8) "Z", level, message)
    add_number("process.pid", between($0, "] ", "#"))
    add_number("minitwit.connection", connection)
    if (context != "") add_context()
    close_document()
    next
}

# What NGINX says before it has read its configuration: "nginx: [emerg] …".
/^nginx: \[[a-z]+\] / {
    plain(between($0, "] ", ""), level_of[between($0, "[", "]")])
    next
}

$0 != "" { plain($0, "info") }

function add_context(    client, request, upstream) {
    # What follows is the client's own words, which may look like anything.
    sub(/, (host|referrer): ".*/, "", context)
    client = substr(context, 1, index(context ", ", ", ") - 1)
    if (client ~ /^[0-9A-Fa-f.:]+$/) add("client.ip", client)
    request = between(context, ", request: \"", "")
    if (request ~ /^[A-Z]+ \//) {
        add("http.request.method", substr(request, 1, index(request, " ") - 1))
        request = substr(request, index(request, " ") + 1)
        sub(/[ ?"].*/, "", request)
        add("url.path", request)
    }
    upstream = between(context, ", upstream: \"http://", "\"")
    sub(/\/.*/, "", upstream)
    add("minitwit.upstream_address", upstream)
}
