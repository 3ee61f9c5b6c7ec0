//! Comparisons over HTTP. What is asked is neither stored nor logged nor repeated.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, post,
    web::{Data, block},
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    compare,
    mentions::Mentions,
    model::{Comparison, ComparisonRequest},
};
use crate::{
    answers::sets::Sets,
    auth::caller::{Caller, Matcher},
    catalog::model::Catalog,
    directory::{model::Therapist, store::by_ids, view::View},
    fault::Fault,
    questions::Questions,
    store::{Store, StoreError},
    web::{
        edge::NO_STORE,
        json::{Body, PrivateJson},
        problem::Problem,
        problem_responses::ComputeProblems,
    },
};

/// Adds the routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config.service(create_comparison);
}

/// What the rules of a comparison look at beside the request.
#[derive(Debug)]
pub struct ComparisonContext {
    catalog: Arc<Catalog>,
    sets: Arc<Sets>,
    store: Data<Store>,
    view: View,
}

impl Body for ComparisonRequest {
    type Context = ComparisonContext;

    const MAY_ASK: bool = true;

    fn context(request: &HttpRequest) -> Result<ComparisonContext, Problem> {
        let (Some(catalog), Some(questions), Some(store)) = (
            request.app_data::<Data<Catalog>>(),
            request.app_data::<Data<Questions>>(),
            request.app_data::<Data<Store>>(),
        ) else {
            return Err(Problem::internal("the application was assembled without all that comparisons need"));
        };
        let view = View::of(&Caller::admitted(request));
        let (catalog, sets) = (catalog.clone().into_inner(), questions.sets());
        Ok(ComparisonContext { catalog, sets, store: store.clone(), view })
    }

    fn faults(&self, context: &ComparisonContext) -> Vec<Fault> {
        let set = context.sets.of(None);
        set.map(|set| compare::faults(self, &context.catalog, set)).unwrap_or_default()
    }

    fn further(&self, context: &ComparisonContext) -> Vec<Fault> {
        let found = therapists(&context.store, self, context.view);
        let unknown = found.map(|therapists| compare::unknown(self, &therapists));
        unknown.unwrap_or_else(|error| {
            tracing::warn!(%error, "therapists could not be looked up");
            Vec::new()
        })
    }
}

/// Compare answers
///
/// What up to five therapists answer to the questions that a client should ask, side by side: question by question, signal
/// by signal, with the client's problem areas marked where an answer speaks to them. Answers are taken as they are
/// published; nobody is ranked.
///
/// The request is neither stored nor logged.
#[utoipa::path(
    tag = "consultation",
    security((), ("bearer" = ["match:run"])),
    request_body = ComparisonRequest,
    responses((status = 200, description = "The answers side by side.", body = Comparison), ComputeProblems)
)]
#[post("/v1/consultation/comparisons")]
pub async fn create_comparison(
    caller: Matcher,
    body: PrivateJson<ComparisonRequest>,
    store: Data<Store>,
    questions: Data<Questions>,
    mentions: Data<Mentions>,
) -> Result<HttpResponse, Problem> {
    let (Matcher(caller), PrivateJson(request)) = (caller, body);
    let view = View::of(&caller);
    let compute = move || -> Result<Vec<u8>, Problem> {
        let therapists = therapists(&store, &request, view)?;
        let unknown = compare::unknown(&request, &therapists);
        if !unknown.is_empty() {
            return Err(Problem::invalid(unknown));
        }
        let answers = therapists.iter().flat_map(|therapist| therapist.consultation_answers.iter().flatten());
        let sets = questions.knowing_those_of(answers, &store);
        let set = sets.of(None).ok_or_else(|| Problem::internal("the catalog has no question set"))?;
        let comparison = compare::compare(&request, &therapists, set, &sets, &mentions);
        serde_json::to_vec(&comparison).map_err(Problem::internal)
    };
    let body = block(compute).await.map_err(Problem::internal)??;
    Ok(HttpResponse::Ok().insert_header(NO_STORE).content_type("application/json").body(body))
}

/// Those of the request's therapists that the caller may see, in its order.
fn therapists(store: &Store, request: &ComparisonRequest, view: View) -> Result<Vec<Therapist>, StoreError> {
    let mut found = store.read(|conn| by_ids(conn, &request.therapist_ids))?;
    found.retain(|therapist| view.admits(therapist));
    found.sort_by_key(|therapist| request.therapist_ids.iter().position(|id| *id == therapist.id));
    Ok(found)
}
