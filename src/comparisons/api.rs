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
    auth::caller::Matcher,
    catalog::model::Catalog,
    directory::{model::Therapist, store::by_ids, view::View},
    fault::Fault,
    questions::Questions,
    store::Store,
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
}

impl Body for ComparisonRequest {
    type Context = ComparisonContext;

    fn context(request: &HttpRequest) -> Result<ComparisonContext, Problem> {
        let (Some(catalog), Some(questions)) =
            (request.app_data::<Data<Catalog>>(), request.app_data::<Data<Questions>>())
        else {
            return Err(Problem::internal("the application was assembled without a catalog or questions"));
        };
        Ok(ComparisonContext { catalog: catalog.clone().into_inner(), sets: questions.sets() })
    }

    fn faults(&self, context: &ComparisonContext) -> Vec<Fault> {
        let set = context.sets.of(None);
        set.map(|set| compare::faults(self, &context.catalog, set)).unwrap_or_default()
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
        let answers = therapists.iter().flat_map(|therapist| therapist.consultation_answers.iter().flatten());
        let sets = questions.knowing_those_of(answers, &store);
        let set = sets.of(None).ok_or_else(|| Problem::internal("the catalog has no question set"))?;
        let comparison = compare::compare(&request, &therapists, set, &sets, &mentions);
        serde_json::to_vec(&comparison).map_err(Problem::internal)
    };
    let body = block(compute).await.map_err(Problem::internal)??;
    Ok(HttpResponse::Ok().insert_header(NO_STORE).content_type("application/json").body(body))
}

/// The therapists in the order of the request, or a fault for each that the caller may not see.
fn therapists(store: &Store, request: &ComparisonRequest, view: View) -> Result<Vec<Therapist>, Problem> {
    let mut found = store.read(|conn| by_ids(conn, &request.therapist_ids))?;
    found.retain(|therapist| view.admits(therapist));
    let (mut therapists, mut faults) = (Vec::with_capacity(found.len()), Vec::new());
    for (at, id) in request.therapist_ids.iter().enumerate() {
        match found.iter().position(|therapist| therapist.id == *id) {
            Some(found_at) => therapists.push(found.swap_remove(found_at)),
            None => faults.push(Fault::new(
                format!("/therapist_ids/{at}"),
                "unknown_id",
                "not the id of a therapist that you may see",
            )),
        }
    }
    if faults.is_empty() { Ok(therapists) } else { Err(Problem::invalid(faults)) }
}
