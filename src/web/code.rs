//! The only table of problem and fault codes. `docs/problems.md` and the pages under `/problems/` are made from it.
//!
//! A code is stable: clients branch on it. Titles and texts may be improved, codes are only ever added.

use actix_web::http::StatusCode;

/// What the table knows about a code.
#[derive(Debug)]
struct Entry {
    code: &'static str,
    status: u16,
    is_fault: bool,
    title: &'static str,
    about: &'static str,
    remedy: &'static str,
}

/// Writes the enum and the table from one list, so that neither can miss a line of the other.
macro_rules! codes {
    (problems { $($p:ident $p_code:literal $p_status:literal $p_title:literal $p_about:literal $p_remedy:literal;)+ }
     faults { $($f:ident $f_code:literal $f_title:literal $f_about:literal $f_remedy:literal;)+ }) => {
        /// A problem that an answer reports, or a fault of one part of an input.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $($p,)+ $($f,)+ }

        impl Code {
            /// All codes, problems first, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$p,)+ $(Self::$f,)+];
        }

        const TABLE: &[Entry] = &[
            $(Entry { code: $p_code, status: $p_status, is_fault: false, title: $p_title, about: $p_about, remedy: $p_remedy },)+
            $(Entry { code: $f_code, status: 422, is_fault: true, title: $f_title, about: $f_about, remedy: $f_remedy },)+
        ];
    };
}

codes! {
problems {
    BadRequest "bad_request" 400 "Bad request"
        "The request is not valid HTTP for this server, and no narrower code says why."
        "Compare the request with the API description.";
    MalformedJson "malformed_json" 400 "Malformed JSON"
        "The body is not one well-formed JSON text (RFC 8259) in UTF-8; the detail names the line and the column."
        "Send what a JSON serializer writes. Numbers must fit a double, nesting ends at 128 levels.";
    BodyIncomplete "body_incomplete" 400 "Body incomplete"
        "The body ended early, or could not be decompressed as its `Content-Encoding` says."
        "Send the request again as a whole.";
    InvalidQuery "invalid_query" 400 "Invalid query"
        "A query parameter is unknown, repeated, malformed or out of range. `errors` names each one: the pointer is `/` and the parameter's name; it is empty where the operation takes no parameters at all."
        "Correct every parameter that `errors` names.";
    InvalidHeader "invalid_header" 400 "Invalid header"
        "A request header that this operation reads does not have the form that its standard gives it."
        "Correct the header that the detail names.";
    Unauthorized "unauthorized" 401 "Authentication required"
        "This operation needs an access token, and none was sent."
        "Get a token from `POST /v1/oauth/token` and send it as `Authorization: Bearer ...` (RFC 6750).";
    InvalidToken "invalid_token" 401 "Invalid token"
        "The access token is malformed, expired, revoked, not meant for this server or signed by a key it does not trust."
        "Get a fresh token and try again.";
    InvalidClient "invalid_client" 401 "Invalid client"
        "The client id or the client secret is wrong, or the client was disabled."
        "Check both; an administrator can rotate the secret.";
    InsufficientScope "insufficient_scope" 403 "Insufficient scope"
        "The access token is valid, but does not carry the scope that this operation needs; `WWW-Authenticate` names it (RFC 6750)."
        "Ask for the scope when getting the token, or ask an administrator to allow it to the client.";
    Forbidden "forbidden" 403 "Forbidden"
        "The caller is known and may not do this to this resource, whatever its scopes."
        "Do not repeat the request; another caller may be allowed.";
    NotFound "not_found" 404 "Not found"
        "Nothing that the caller may see is at this address: it never was, was removed, is hidden, or its id is malformed."
        "Check the address and the id.";
    MethodNotAllowed "method_not_allowed" 405 "Method not allowed"
        "The resource exists, but does not have this method."
        "Use one of the methods that `Allow` lists.";
    NotAcceptable "not_acceptable" 406 "Not acceptable"
        "The operation cannot answer in any media type that `Accept` admits."
        "Leave `Accept` out, or include the media type that the API description gives for the operation.";
    RequestTimeout "request_timeout" 408 "Request timeout"
        "The request did not arrive in time."
        "Send it again.";
    Conflict "conflict" 409 "Conflict"
        "The request does not fit the present state of the resource."
        "Read the resource again and decide anew.";
    AlreadyExists "already_exists" 409 "Already exists"
        "Something with the same unique values exists already."
        "Update the existing resource, or choose other values.";
    IdempotencyInProgress "idempotency_in_progress" 409 "Idempotent request in progress"
        "A request with the same `Idempotency-Key` is being handled right now."
        "Wait and send the same request again; the answer will be the first one's.";
    AnswerNotRepeatable "answer_not_repeatable" 409 "Answer not repeatable"
        "The request with this `Idempotency-Key` was done before, and its answer held a secret that is shown once only."
        "Rotate the secret if the first answer was lost.";
    RemovedOnRequest "removed_on_request" 409 "Removed on request"
        "The therapist asked to be removed from this directory, so the profile is not taken up again."
        "Leave the profile out. Where the therapist wants to be listed again, an administrator lifts the removal.";
    PreconditionFailed "precondition_failed" 412 "Precondition failed"
        "The resource is not in the state that `If-Match` or `If-None-Match` of the request asks for (RFC 9110, section 13.1)."
        "Read it again, decide what to do with what is there now, and send the new `ETag` as `If-Match`.";
    PayloadTooLarge "payload_too_large" 413 "Body too large"
        "The body, as sent or once decompressed, is longer than this operation accepts."
        "Send less at once. Many profiles go through `POST /v1/imports`.";
    UriTooLong "uri_too_long" 414 "Address too long"
        "The address or its query is longer than this server accepts."
        "Use the operation that takes the same input as a body.";
    UnsupportedMediaType "unsupported_media_type" 415 "Unsupported media type"
        "The `Content-Type` or the `Content-Encoding` of the body is missing or is none that this operation reads."
        "Send `Content-Type: application/json` (`PATCH` also reads `application/merge-patch+json`), and no encoding or gzip, br, deflate or zstd.";
    InvalidInput "invalid_input" 422 "Invalid input"
        "The body is well-formed, but some of its parts are not valid. `errors` names all of them at once, each with a JSON Pointer (RFC 6901), a code and a detail."
        "Correct every part that `errors` names; each code is explained below.";
    InvalidFile "invalid_file" 422 "File not readable"
        "The file as a whole cannot be read in the format that was named: its encoding, its header or its structure is not that of the format. Nothing of it was taken."
        "Correct what the detail names, or name the right `format`.";
    RowsRejected "rows_rejected" 422 "Rows rejected"
        "Some rows of the import were rejected, and `on_error=abort` asked to write nothing then."
        "Correct the rows that the import's errors name, or import with `on_error=skip`.";
    RowsUnidentified "rows_unidentified" 422 "Rows unidentified"
        "Some rows of the import have no readable external id, so it cannot be told which profiles the file no longer has. Nothing was written."
        "Correct the rows that the import's errors name, or import with `mode=upsert`.";
    ArchiveLimitExceeded "archive_limit_exceeded" 422 "Too much would be archived"
        "The file lacks more of the source's profiles than `max_archive_percent` allows, as a truncated file would. Nothing was written."
        "Check that the file is whole; where it is, raise `max_archive_percent`.";
    PostalCodesNotLoaded "postal_codes_not_loaded" 422 "Postal codes not loaded"
        "This server has no table of the country's postal codes, so it cannot tell where one is."
        "Send coordinates instead. The operator loads a table with `tailor postal-codes`.";
    IdempotencyKeyReused "idempotency_key_reused" 422 "Idempotency key reused"
        "The `Idempotency-Key` was used within the last 24 hours for a different request."
        "Use a fresh key for every new request, and the same key only to repeat one.";
    PreconditionRequired "precondition_required" 428 "Precondition required"
        "This operation would overwrite somebody else's change unnoticed, so it asks for `If-Match` (RFC 6585)."
        "Read the resource and send its `ETag` as `If-Match`.";
    TooManyRequests "too_many_requests" 429 "Too many requests"
        "The caller sent more requests than the operator allows in a while."
        "Wait for the number of seconds that `Retry-After` gives.";
    HeadersTooLarge "headers_too_large" 431 "Headers too large"
        "The request's headers are larger than this server accepts."
        "Send fewer or shorter headers.";
    Internal "internal" 500 "Internal error"
        "The server failed. The cause is in its log under the request id, and is not shown here."
        "Try again later; when it persists, give the operator the `request_id`.";
    Unavailable "unavailable" 503 "Unavailable"
        "The server is starting, stopping, or cannot reach something that it needs."
        "Try again after the number of seconds that `Retry-After` gives, or a little later.";
    EncryptionNotConfigured "encryption_not_configured" 503 "Encryption not configured"
        "Free text is stored encrypted only, and this server has no keys for that."
        "The operator sets `TAILOR_CONSULTATION_KEYS`; answers without free text can be stored without it.";
}
faults {
    Required "required" "Required" "A required field is absent." "Add the field.";
    UnknownField "unknown_field" "Unknown field"
        "The object has a field that the API does not know. It would be lost silently, so it is refused."
        "Remove the field or correct its name.";
    UnknownParameter "unknown_parameter" "Unknown parameter"
        "The operation has no query parameter of this name, or none at all." "Remove the parameter or correct its name.";
    RepeatedParameter "repeated_parameter" "Repeated parameter"
        "A query parameter that takes one value was given several times." "Give it once.";
    InvalidType "invalid_type" "Wrong type"
        "The value is not of the JSON type that the field takes." "Send the type that the detail names.";
    TooShort "too_short" "Too short" "The text has fewer characters than the field needs." "Send a longer text.";
    TooLong "too_long" "Too long" "The text has more characters than the field takes." "Shorten the text.";
    TooFew "too_few" "Too few" "The list or object has fewer elements than needed." "Add elements.";
    TooMany "too_many" "Too many" "The list or object has more elements than accepted." "Remove elements.";
    TooSmall "too_small" "Too small" "The number is below the least accepted one." "Send a greater number.";
    TooLarge "too_large" "Too large" "The number is above the greatest accepted one." "Send a smaller number.";
    InvalidStep "invalid_step" "Not a multiple" "The number is not a multiple of the step." "Round it to the step.";
    InvalidValue "invalid_value" "Not valid" "The value breaks a rule that the detail gives." "Follow the detail.";
    InvalidFormat "invalid_format" "Wrong format" "The text does not have the form that the field takes."
        "Write it in the form that the detail names.";
    Inconsistent "inconsistent" "Contradiction" "The value does not fit another one of the same input."
        "Correct the one or the other; the detail names both.";
    InvalidChoice "invalid_choice" "Not one of the choices" "The value is none of the field's fixed choices."
        "Send one of the choices that the detail lists.";
    UnknownCode "unknown_code" "Unknown code" "The catalog has no entry with this code."
        "Use a code of `GET /v1/catalog`; `suggestions` holds the nearest ones.";
    UnknownPostalCode "unknown_postal_code" "Unknown postal code"
        "The server's table of the country's postal codes does not have this one."
        "Check it and the country, or send coordinates.";
    AmbiguousCode "ambiguous_code" "Ambiguous" "The label may mean several entries of the catalog."
        "Use the code of the one that is meant; `suggestions` holds them.";
    NotListable "not_listable" "Not listable"
        "The catalog knows this modality only to warn of it or to explain it: profiles cannot declare it."
        "Leave it out, or declare the modality that is really practised.";
    ExcludedPractice "excluded_practice" "Excluded practice"
        "The practice is known to harm, and this directory does not list it." "Leave it out.";
    Duplicate "duplicate" "Duplicate" "The same thing stands in the list more than once." "Keep one.";
    DuplicateKey "duplicate_key" "Duplicate key"
        "A JSON object has the same key more than once, and readers disagree on which one counts (RFC 8259, section 4)."
        "Keep one.";
    ControlCharacter "control_character" "Control character"
        "The text has a control character other than tab, line feed and carriage return." "Remove it.";
    InvalidNpi "invalid_npi" "Invalid NPI" "The number does not have ten digits that pass the Luhn check of an NPI."
        "Check it against the registry.";
    InvalidEmail "invalid_email" "Invalid e-mail address" "The text is no e-mail address." "Write `name@host`.";
    InvalidUrl "invalid_url" "Invalid URL" "The text is no absolute `http` or `https` URL." "Write `https://...`.";
    InvalidPhone "invalid_phone" "Invalid phone number" "The text is no E.164 number." "Write `+14155550123`.";
    InvalidCountry "invalid_country" "Invalid country" "The text is no ISO 3166-1 alpha-2 code." "Write `US`.";
    InvalidJurisdiction "invalid_jurisdiction" "Invalid jurisdiction"
        "The text is neither an ISO 3166-2 code nor an ISO 3166-1 alpha-2 code." "Write `US-CA`.";
    InvalidCurrency "invalid_currency" "Invalid currency" "The text is no ISO 4217 code." "Write `USD`.";
    InvalidLanguage "invalid_language" "Invalid language" "The text is no BCP 47 tag." "Write `en` or `pt-BR`.";
    InvalidDate "invalid_date" "Invalid date" "The text is no date (ISO 8601) or time (RFC 3339) that exists."
        "Write `2026-11-22` or `2026-11-22T10:00:00Z`.";
    InvalidId "invalid_id" "Invalid id" "The text is no UUID." "Send the id as the server gave it.";
    UnknownId "unknown_id" "Unknown id" "Nothing that the caller may see has this id." "Check the id.";
    DateOrder "date_order" "Dates out of order" "One date must not come before another." "Swap or correct them.";
    InvalidCursor "invalid_cursor" "Invalid cursor" "The cursor was not made by this server for this list."
        "Follow `next_cursor` as it was given, or start again without a cursor.";
    MustNotAllowed "must_not_allowed" "Must not allowed"
        "A preference of this kind can be weighed, but cannot be made a condition."
        "Use `strong`, or state it as a constraint.";
    SourceMismatch "source_mismatch" "Source mismatch"
        "The row names another source than the import does." "Leave the row's `source` out.";
    DuplicateExternalId "duplicate_external_id" "Duplicate external id"
        "An earlier row of the same file has this `external_id`; the first one counts." "Keep one of the rows.";
    PersonalReference "personal_reference" "Personal reference"
        "The reference looks like an e-mail address, a phone number or a national number."
        "Use an opaque reference that only your system can resolve.";
}
}

impl Code {
    const fn entry(self) -> &'static Entry {
        &TABLE[self as usize]
    }

    /// The code as it stands in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.entry().code
    }

    /// The HTTP status of the answer; 422 for faults.
    #[must_use]
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.entry().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Whether this names a fault of one part of an input, rather than what is wrong with the whole request.
    #[must_use]
    pub const fn is_fault(self) -> bool {
        self.entry().is_fault
    }

    /// A short name of the problem, the same for all its occurrences.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.entry().title
    }

    /// What it means.
    #[must_use]
    pub const fn about(self) -> &'static str {
        self.entry().about
    }

    /// What to do.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        self.entry().remedy
    }

    /// The `type` of the problem: a URI reference (RFC 3986) that resolves to a page of this server.
    #[must_use]
    pub fn type_uri(self) -> String {
        format!("/problems/{}", self.as_str())
    }

    /// The code that is written so.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }

    /// The most general problem with this status, for errors that only tell their status.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            406 => Self::NotAcceptable,
            408 => Self::RequestTimeout,
            409 => Self::Conflict,
            412 => Self::PreconditionFailed,
            413 => Self::PayloadTooLarge,
            414 => Self::UriTooLong,
            415 => Self::UnsupportedMediaType,
            422 => Self::InvalidInput,
            428 => Self::PreconditionRequired,
            429 => Self::TooManyRequests,
            431 => Self::HeadersTooLarge,
            503 => Self::Unavailable,
            400..=499 => Self::BadRequest,
            _ => Self::Internal,
        }
    }
}
