//! The list of an app's consultations, page by page or as a whole.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{ACCEPT, VARY},
    web::{Data, block},
};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;
use validator::{Validate, ValidationError};

use super::{export, unstored};
use crate::{
    auth::caller::ConsultationWriter,
    consultations::{Consultations, model::Consultation, store::Filter},
    id::Id,
    vocabulary::Decision,
    web::{
        accept,
        code::Code,
        decode::rule_faults::flaw_at,
        page::{self, Page},
        problem::Problem,
        problem_responses::ListProblems,
        query::PrivateQuery,
    },
};

const CURSOR: &str = "consultations:id";
/// The media types, in the order in which they are offered.
const OFFERS: [&str; 2] = ["application/json", export::NDJSON];

/// Which consultations: all that is given must hold.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[validate(schema(function = "days_in_order", skip_on_field_errors = false))]
pub struct ConsultationsQuery {
    /// About this therapist.
    #[param(inline)]
    therapist_id: Option<Id>,
    /// Stored under this reference.
    #[param(example = "c_9f3a")]
    client_ref: Option<String>,
    /// With this decision.
    #[param(inline)]
    decision: Option<Decision>,
    /// Held on this day or later.
    held_from: Option<NaiveDate>,
    /// Held on this day or earlier, not before `held_from`.
    held_to: Option<NaiveDate>,
    /// How many consultations a page has.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[validate(custom(function = "cursor_rule"))]
    cursor: Option<String>,
}

fn cursor_rule(cursor: &str) -> Result<(), ValidationError> {
    page::cursor_rule::<Id>(CURSOR, cursor)
}

/// List consultations
///
/// Those that the caller stored, the newest first; the cursor stays right while others are stored. With
/// `Accept: application/x-ndjson` all that the filters admit in one file, a consultation on each line; `limit` and
/// `cursor` are refused then: the export of what the app holds. `Tailor-Total` says how many there are; a file that could not be written to its
/// end is cut, without the end that its transfer coding needs.
#[utoipa::path(
    tag = "consultations",
    params(ConsultationsQuery),
    security(("bearer" = ["consultations:write"])),
    responses(
        (status = 200, description = "A page of consultations, or all of them.",
            content((Page<Consultation> = "application/json"), (Consultation = "application/x-ndjson")),
            headers(("Tailor-Total" = Option<i64>, description = "How many consultations the export has."))),
        ListProblems
    )
)]
#[get("/v1/consultations")]
pub async fn list_consultations(
    caller: ConsultationWriter,
    query: PrivateQuery<ConsultationsQuery>,
    consultations: Data<Consultations>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (ConsultationWriter(caller), PrivateQuery(query)) = (caller, query);
    let filter = query.filter(caller.name().to_owned(), &consultations);
    let accept = accept::of(request.headers());
    let offer = accept.and_then(|accept| accept::preferred(&accept, &OFFERS));
    let mut answer = if offer == Some(1) {
        page::refuse_in_lines(query.limit, query.cursor.as_deref())?;
        export::all(consultations, filter).await?
    } else {
        let limit = page::limit(query.limit);
        let after =
            query.cursor.as_deref().map(|cursor| page::decode_cursor::<Id>(CURSOR, cursor)).transpose()?;
        let read = move || {
            let (total, found) = consultations.list(&filter, after, limit + 1)?;
            let items = found
                .into_iter()
                .map(|found| consultations.presented(found))
                .collect::<Result<Vec<_>, _>>()?;
            Ok::<_, Problem>((total, items))
        };
        let (total, mut items) = block(read).await.map_err(Problem::internal)??;
        let next = items.get(limit).and_then(|_| items.get(limit - 1)).map(|last| last.id);
        items.truncate(limit);
        let next_cursor = next.map(|id| page::encode_cursor(CURSOR, &id)).transpose()?;
        Page { items, next_cursor, total }.respond(&request)
    };
    answer.headers_mut().append(VARY, ACCEPT.into());
    Ok(unstored(answer))
}

impl ConsultationsQuery {
    fn filter(&self, app: String, consultations: &Consultations) -> Filter {
        Filter {
            therapist_id: self.therapist_id,
            client_ref: self.client_ref.clone(),
            decision: self.decision,
            held_from: self.held_from,
            held_to: self.held_to,
            ..Filter::of(app, consultations.clock.now())
        }
    }
}

fn days_in_order(query: &ConsultationsQuery) -> Result<(), ValidationError> {
    if query.held_from.zip(query.held_to).is_some_and(|(from, to)| from > to) {
        return Err(flaw_at("/held_to", Code::DateOrder, "This must not come before `held_from`."));
    }
    Ok(())
}
