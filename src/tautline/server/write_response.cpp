// SPDX-License-Identifier: MIT
#include <tautline/server/write_response.hpp>

#include <utility>

#include <tautline/proto/http/head_writer.hpp>

namespace tautline::server {

namespace {

// RFC 9110 sections 15.3.5 and 15.4.5: these two have neither a body nor a length.
bool may_have_length(int status) { return status != 204 && status != 304; }

// Section 15.3.6: neither has a 205, which says so.
bool may_have_body(int status) { return may_have_length(status) && status != 205; }

// RFC 9110 section 6.6.1: whoever has a clock says when the answer was made.
void add_date(http::FieldList& fields, const std::string& date) {
    if (!date.empty() && !fields.has("Date")) fields.add("Date", date);
}

http::ResponseHead head_for(const Response& response, const ResponseForm& form) {
    http::ResponseHead head{.status = response.status, .reason = {}, .fields = response.headers};
    for (const char* name : {"Connection", "Content-Length", "Transfer-Encoding"}) {
        head.fields.remove(name);
    }
    if (may_have_length(response.status)) {
        const std::size_t bytes = may_have_body(response.status) ? response.body.size() : 0;
        head.fields.add("Content-Length", std::to_string(bytes));
    }
    add_date(head.fields, form.date);
    if (!form.persistent) head.fields.add("Connection", "close");
    return head;
}

}  // namespace

Written write_response(const Response& response, const ResponseForm& form) {
    const bool final_status = response.status >= 200 && response.status <= 599;
    auto head = head_for(response, form);
    auto text = http::write_head(head);
    if (!final_status || !text) return write_response(unsendable_answer(), form);
    if (carries_body(response.status, form)) *text += response.body;
    return {*std::move(text), std::move(head)};
}

Written write_response(const websocket::Refused& refused, const ResponseForm& form) {
    auto head = dated(refused.response, form.date);
    auto text = http::write_head(head);
    if (!text) return write_response(websocket::reject(500), form);
    if (carries_body(refused.response.status, form)) *text += refused.body;
    return {*std::move(text), std::move(head)};
}

// RFC 9110 section 9.3.2: an answer to HEAD has no body either.
bool carries_body(int status, const ResponseForm& form) {
    return form.with_body && may_have_body(status);
}

Response unsendable_answer() { return Response::text("This answer cannot be sent.\n", 500); }

http::ResponseHead response_head(const Response& response, std::string date) {
    return head_for(response, {.date = std::move(date)});
}

http::ResponseHead dated(http::ResponseHead head, const std::string& date) {
    add_date(head.fields, date);
    return head;
}

}  // namespace tautline::server
