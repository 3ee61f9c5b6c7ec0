//! The match routes. What a request says of a client is neither stored nor logged nor repeated.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, get, post, web::Data};
use chrono::NaiveDate;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    model::{CatalogReference, ExplainAnswer, ListedTherapist, MatchAnswer},
    safety,
};
use crate::{
    auth::caller::Matcher,
    catalog::model::Catalog,
    clock::Clock,
    fault::Fault,
    id::Id,
    live::{Live, Snapshot},
    matching::{
        needs::Needs,
        policy::{Policy, PolicyReference},
        rank::{self, Staleness},
        request::MatchRequest,
    },
    to_json::ToJson,
    web::{
        compute::Compute,
        edge::NO_STORE,
        etag::{Conditions, ETag},
        json::{Body, PrivateJson},
        page::Page,
        path::Path,
        problem::Problem,
        problem_responses::{ComputeItemProblems, ComputeProblems, OpenItemProblems, OpenProblems},
    },
};

/// In directories up to this size a match takes less time than it is worth to leave the worker for.
const LIGHT: usize = 100_000;

/// Adds the routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(create_match)
        .service(explain_match)
        .service(list_matching_policies)
        .service(get_matching_policy);
}

/// What the handlers of matches work with.
#[derive(Clone, Debug)]
pub struct Matches {
    pub live: Live,
    pub catalog: Arc<Catalog>,
    pub policy: Arc<Policy>,
    pub clock: Clock,
    pub stale_after_days: u16,
    pub staleness: Staleness,
    pub compute: Compute,
}

/// What the rules of a match request look at beside the request.
#[derive(Debug)]
pub struct MatchContext {
    catalog: Arc<Catalog>,
    policy: Arc<Policy>,
    today: NaiveDate,
}

impl Body for MatchRequest {
    type Context = MatchContext;

    fn context(request: &HttpRequest) -> Result<MatchContext, Problem> {
        let matches = request
            .app_data::<Data<Matches>>()
            .ok_or_else(|| Problem::internal("the application was assembled without matches"))?;
        let (catalog, policy) = (matches.catalog.clone(), matches.policy.clone());
        Ok(MatchContext { catalog, policy, today: matches.clock.today() })
    }

    fn faults(&self, context: &MatchContext) -> Vec<Fault> {
        Needs::resolve(self, &context.catalog, &context.policy, context.today).err().unwrap_or_default()
    }
}

/// One question put to the directory as it is at one moment.
struct Question {
    matches: Data<Matches>,
    snapshot: Arc<Snapshot>,
    needs: Needs,
    /// Whose crisis resources are shown.
    country: Option<String>,
}

impl Question {
    fn of(matches: Data<Matches>, request: &MatchRequest) -> Result<Self, Problem> {
        let needs = Needs::resolve(request, &matches.catalog, &matches.policy, matches.clock.today())
            .map_err(Problem::invalid)?;
        Ok(Self { snapshot: matches.live.snapshot(), needs, country: request.country.clone(), matches })
    }

    fn safety(&self) -> Option<safety::Safety> {
        safety::of(&self.needs, self.country.as_deref(), &self.matches.catalog)
    }

    fn policy(&self) -> PolicyReference {
        self.matches.policy.reference()
    }

    fn catalog(&self) -> CatalogReference {
        CatalogReference { version: self.matches.catalog.version.clone() }
    }

    /// Ranks and writes the answer.
    fn rank(&self) -> Vec<u8> {
        let Matches { staleness, stale_after_days, .. } = &**self.matches;
        let ranking = rank::rank(&self.snapshot.index, &self.needs, *staleness);
        let listed = |listed| ListedTherapist::on(&listed, self.needs.as_of, *stale_after_days);
        write(&MatchAnswer {
            safety: self.safety(),
            policy: self.policy(),
            catalog: self.catalog(),
            directory_revision: self.snapshot.revision,
            as_of: self.needs.as_of,
            seed: self.needs.seed,
            considered: ranking.considered,
            eligible: ranking.eligible,
            excluded: ranking.excluded,
            relaxations: ranking.relaxations,
            plan: ranking.plan,
            results: ranking.results.into_iter().map(|result| result.map(listed)).collect(),
            not_medical_advice: true,
        })
    }

    /// Explains one therapist and writes the answer.
    fn explain(&self, id: Id) -> Result<Vec<u8>, Problem> {
        let Matches { staleness, stale_after_days, .. } = &**self.matches;
        let explanation = rank::explain_one(&self.snapshot.index, &id, &self.needs, *staleness)
            .ok_or_else(Problem::not_found)?;
        Ok(write(&ExplainAnswer {
            safety: self.safety(),
            policy: self.policy(),
            catalog: self.catalog(),
            directory_revision: self.snapshot.revision,
            as_of: self.needs.as_of,
            seed: self.needs.seed,
            eligible: explanation.eligible,
            failed_constraints: explanation.failed_constraints,
            plan: explanation.plan,
            result: explanation
                .result
                .map(|listed| ListedTherapist::on(&listed, self.needs.as_of, *stale_after_days)),
            not_medical_advice: true,
        }))
    }
}

fn write(answer: &impl ToJson) -> Vec<u8> {
    // Twenty explained therapists take some forty thousand.
    let mut body = Vec::with_capacity(48 * 1024);
    answer.to_json(&mut body);
    body
}

/// Answers a question; off the worker where that takes long, so that it holds up nobody else.
async fn respond(
    question: Question,
    answer: impl FnOnce(&Question) -> Result<Vec<u8>, Problem> + Send + 'static,
) -> Result<HttpResponse, Problem> {
    let body = if question.snapshot.index.len() <= LIGHT {
        answer(&question)?
    } else {
        let compute = question.matches.compute.clone();
        compute.run(move || answer(&question)).await?
    };
    Ok(HttpResponse::Ok().insert_header(NO_STORE).content_type("application/json").body(body))
}

/// Rank therapists
///
/// Ranks the published therapists for a client's needs and says why: every score is the sum of its components, every
/// component names what it was made of. `excluded` and `relaxations` tell what the constraints cost. Where the request
/// names a crisis, `safety` comes first with help in the client's country; results are neither removed nor delayed.
///
/// The request is neither stored nor logged. A score orders the results of one request; it predicts nothing.
#[utoipa::path(
    tag = "matching",
    security((), ("bearer" = ["match:run"])),
    request_body = MatchRequest,
    responses((status = 200, description = "Ranked and explained therapists.", body = MatchAnswer), ComputeProblems)
)]
#[post("/v1/matches")]
pub async fn create_match(
    _caller: Matcher,
    body: PrivateJson<MatchRequest>,
    matches: Data<Matches>,
) -> Result<HttpResponse, Problem> {
    let question = Question::of(matches, &body.0)?;
    respond(question, |question| Ok(question.rank())).await
}

/// Explain one therapist
///
/// The same needs put to one published therapist, also where a constraint excludes them: `failed_constraints` names which.
#[utoipa::path(
    tag = "matching",
    security((), ("bearer" = ["match:run"])),
    params(Id),
    request_body = MatchRequest,
    responses((status = 200, description = "The therapist, explained.", body = ExplainAnswer), ComputeItemProblems)
)]
#[post("/v1/therapists/{id}/match")]
pub async fn explain_match(
    _caller: Matcher,
    id: Path<Id>,
    body: PrivateJson<MatchRequest>,
    matches: Data<Matches>,
) -> Result<HttpResponse, Problem> {
    let question = Question::of(matches, &body.0)?;
    let id = *id;
    respond(question, move |question| question.explain(id)).await
}

/// List matching policies
///
/// The weights and tables that matches are computed with, as data.
#[utoipa::path(
    tag = "matching",
    responses((status = 200, description = "The policies.", body = Page<Policy>), OpenProblems)
)]
#[get("/v1/matching/policies")]
pub async fn list_matching_policies(request: HttpRequest, matches: Data<Matches>) -> HttpResponse {
    Page { items: vec![(*matches.policy).clone()], next_cursor: None, total: 1 }.respond(&request)
}

/// Read a version of a matching policy
///
/// A version never changes: its `hash` is that of its content.
#[utoipa::path(
    tag = "matching",
    params(
        ("code" = String, Path, description = "The policy's code.", example = "default"),
        ("version" = u32, Path, description = "The policy's version.", example = 1)
    ),
    responses(
        (status = 200, description = "The policy.", body = Policy, headers(("ETag", description = "The policy's hash."))),
        (status = 304, description = "The same as under the `ETag` of `If-None-Match`."),
        OpenItemProblems
    )
)]
#[get("/v1/matching/policies/{code}/versions/{version}")]
pub async fn get_matching_policy(
    path: Path<(String, u32)>,
    conditions: Conditions,
    matches: Data<Matches>,
) -> Result<HttpResponse, Problem> {
    let (code, version) = &*path;
    let policy = &matches.policy;
    if *code != policy.code || *version != policy.version {
        return Err(Problem::not_found());
    }
    conditions.respond(&ETag::content(policy.hash.as_bytes()), &**policy)
}
