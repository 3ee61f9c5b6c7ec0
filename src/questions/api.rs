//! Question sets and analyses over HTTP. What somebody wants analysed is neither stored nor logged nor repeated.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{ETAG, LOCATION},
    post,
    web::{Data, block},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::{Validate, ValidationError};

use super::{
    Questions,
    model::{self, Analysis, ListedQuestionSet, NewAnalysis, PublishError},
    store as rows,
};
use crate::{
    answers::{
        model::SetVersion,
        sets::{Set, Sets},
    },
    auth::caller::{Admin, Matcher},
    catalog::guidance::QuestionSet,
    clock::Clock,
    fault::Fault,
    store::Store,
    web::{
        code::Code,
        edge::NO_STORE,
        etag::{Conditions, ETag},
        idempotency::IdempotencyHeader,
        json::{Body, Json, PrivateJson},
        page::{self, Page},
        path::Path,
        problem::Problem,
        problem_responses::{ComputeProblems, CreateProblems, OpenItemProblems, OpenProblems},
        query::Query,
        storage::key_use,
    },
};

const LIST: &str = "question-sets";
/// Reading this many bytes takes long enough that other requests of the worker should not wait for it.
const LONG: usize = 4096;

/// Adds the routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_question_sets)
        .service(publish_question_set)
        .service(get_question_set)
        .service(get_question_set_version)
        .service(create_analysis);
}

/// What the handlers of question sets work with.
#[derive(Clone, Debug)]
pub struct QuestionSets {
    pub questions: Questions,
    pub store: Store,
    pub clock: Clock,
    /// Keys the fingerprints of requests with an `Idempotency-Key`.
    pub idempotency_secret: [u8; 32],
}

impl QuestionSets {
    /// Question sets over this store.
    #[must_use]
    pub fn new(questions: &Questions, store: &Store, clock: &Clock, idempotency_secret: [u8; 32]) -> Self {
        let (questions, store, clock) = (questions.clone(), store.clone(), clock.clone());
        Self { questions, store, clock, idempotency_secret }
    }

    /// The sets, with those that another node published meanwhile.
    async fn all(&self) -> Result<Arc<Sets>, Problem> {
        let known = self.clone();
        block(move || known.questions.reload(&known.store).map(|()| known.questions.sets()))
            .await
            .map_err(Problem::internal)?
            .map_err(Problem::from)
    }

    /// The sets, with the named version where it is published anywhere.
    async fn knowing(&self, named: Option<&SetVersion>) -> Result<Arc<Sets>, Problem> {
        let sets = self.questions.sets();
        if sets.of(named).is_some() {
            return Ok(sets);
        }
        let (known, named) = (self.clone(), named.cloned());
        block(move || known.questions.knowing([named.as_ref()], &known.store))
            .await
            .map_err(Problem::internal)?
            .map_err(Problem::from)
    }
}

fn known(request: &HttpRequest) -> Result<Arc<Sets>, Problem> {
    let questions = request.app_data::<Data<Questions>>();
    questions
        .map(|questions| questions.sets())
        .ok_or_else(|| Problem::internal("the application was assembled without questions"))
}

impl Body for QuestionSet {
    type Context = Arc<Sets>;

    fn context(request: &HttpRequest) -> Result<Arc<Sets>, Problem> {
        known(request)
    }

    fn faults(&self, sets: &Arc<Sets>) -> Vec<Fault> {
        model::faults(self, sets)
    }
}

impl Body for NewAnalysis {
    type Context = Data<QuestionSets>;

    const MAY_ASK: bool = true;

    fn context(request: &HttpRequest) -> Result<Data<QuestionSets>, Problem> {
        let table = request.app_data::<Data<QuestionSets>>();
        table.cloned().ok_or_else(|| Problem::internal("the application was assembled without questions"))
    }

    /// A set that is not known may be known to another node: the handler asks.
    fn faults(&self, table: &Data<QuestionSets>) -> Vec<Fault> {
        let sets = table.questions.sets();
        match sets.of(self.question_set.as_ref()) {
            Some(_) => self.place(&sets).err().unwrap_or_default(),
            None => Vec::new(),
        }
    }

    fn further(&self, table: &Data<QuestionSets>) -> Vec<Fault> {
        let sets = table.questions.knowing([self.question_set.as_ref()], &table.store);
        let sets = sets.unwrap_or_else(|error| {
            tracing::warn!(%error, "question sets could not be read");
            table.questions.sets()
        });
        self.place(&sets).err().unwrap_or_default()
    }
}

impl From<PublishError> for Problem {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::NotNext(next) => Self::new(
                Code::Conflict,
                format!(
                    "The next version of this question set is {next}; leave `version` out to publish it."
                ),
            ),
            PublishError::KeyReused => Self::from(Code::IdempotencyKeyReused),
            PublishError::Store(error) => error.into(),
        }
    }
}

/// A page of the list of question sets.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct QuestionSetsQuery {
    /// Versions of the set with this code.
    #[validate(length(min = 1, max = 64))]
    #[param(min_length = 1, max_length = 64, example = "integrative-core")]
    code: Option<String>,
    /// How many versions a page has.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[validate(custom(function = "cursor_rule"))]
    cursor: Option<String>,
}

fn cursor_rule(cursor: &str) -> Result<(), ValidationError> {
    page::cursor_rule::<SetVersion>(LIST, cursor)
}

/// List question sets
///
/// All published versions, by code and version, the catalog's own set among them. Each names where it is as a whole.
#[utoipa::path(
    tag = "consultation",
    params(QuestionSetsQuery),
    responses((status = 200, description = "A page of versions.", body = Page<ListedQuestionSet>), OpenProblems)
)]
#[get("/v1/consultation/question-sets")]
pub async fn list_question_sets(
    query: Query<QuestionSetsQuery>,
    table: Data<QuestionSets>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let Query(QuestionSetsQuery { code, limit, cursor }) = query;
    let limit = page::limit(limit);
    let after = cursor.map(|cursor| page::decode_cursor::<SetVersion>(LIST, &cursor)).transpose()?;
    let sets = table.all().await?;
    let listed: Vec<&Arc<Set>> =
        sets.iter().filter(|set| code.as_ref().is_none_or(|code| *code == set.version.code)).collect();
    let rest = || listed.iter().filter(|set| after.as_ref().is_none_or(|after| set.version > *after));
    let more = rest().nth(limit).and_then(|_| rest().nth(limit - 1));
    let next_cursor = more.map(|last| page::encode_cursor(LIST, &last.version)).transpose()?;
    let items: Vec<_> = rest().take(limit).map(|set| ListedQuestionSet::from(&set.spec)).collect();
    Ok(Page { items, next_cursor, total: listed.len() as u64 }.respond(&request))
}

/// Publish a question set
///
/// As the next version of its code, where it stays for good: a version cannot be changed or removed. It is checked as
/// strictly as the set that comes with the catalog, whose code is taken. With an `Idempotency-Key` the same request can
/// be sent again within 24 hours without making a second version.
#[utoipa::path(
    tag = "consultation",
    security(("bearer" = ["admin"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable characters.", min_length = 1, max_length = 255)),
    request_body = QuestionSet,
    responses(
        (status = 201, description = "The version as published.", body = QuestionSet,
            headers(("Location", description = "Where it is."), ("ETag", description = "Of its content."))),
        CreateProblems
    )
)]
#[post("/v1/consultation/question-sets")]
pub async fn publish_question_set(
    caller: Admin,
    key: IdempotencyHeader,
    body: Json<QuestionSet>,
    table: Data<QuestionSets>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (Admin(caller), Json(input)) = (caller, body);
    let key = key_use(key, &table.idempotency_secret, caller.name(), &request);
    let (questions, store, now) = (table.questions.clone(), table.store.clone(), table.clock.now());
    let publish = move || {
        let set = rows::publish(&store, &input, caller.name(), key.as_ref(), now)?;
        questions.add(set.clone());
        Ok::<_, PublishError>(set)
    };
    let set = block(publish).await.map_err(Problem::internal)??;
    let location = model::address(&set.code, set.version);
    let tag = tag(&set)?.header();
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).insert_header((ETAG, tag)).json(set))
}

/// Read the newest version of a question set
///
/// The one with the greatest number.
#[utoipa::path(
    tag = "consultation",
    params(("code" = String, Path, description = "The set's code.", example = "integrative-core")),
    responses(
        (status = 200, description = "The version.", body = QuestionSet, headers(("ETag", description = "Of its content."))),
        (status = 304, description = "The same as under the `ETag` of `If-None-Match`."),
        OpenItemProblems
    )
)]
#[get("/v1/consultation/question-sets/{code}")]
pub async fn get_question_set(
    code: Path<String>,
    conditions: Conditions,
    table: Data<QuestionSets>,
) -> Result<HttpResponse, Problem> {
    let sets = table.all().await?;
    let set = sets.newest(&code).ok_or_else(Problem::not_found)?;
    conditions.respond(&tag(&set.spec)?, &set.spec)
}

/// Read a version of a question set
///
/// Its questions, the signals to listen for with the phrases that suggest them, and the fields of a stored answer. A
/// published version never changes.
#[utoipa::path(
    tag = "consultation",
    params(
        ("code" = String, Path, description = "The set's code.", example = "integrative-core"),
        ("version" = u32, Path, description = "The set's version.", example = 1)
    ),
    responses(
        (status = 200, description = "The version.", body = QuestionSet, headers(("ETag", description = "Of its content."))),
        (status = 304, description = "The same as under the `ETag` of `If-None-Match`."),
        OpenItemProblems
    )
)]
#[get("/v1/consultation/question-sets/{code}/versions/{version}")]
pub async fn get_question_set_version(
    path: Path<(String, u32)>,
    conditions: Conditions,
    table: Data<QuestionSets>,
) -> Result<HttpResponse, Problem> {
    let Path((code, version)) = path;
    let wanted = SetVersion { code, version };
    let sets = table.knowing(Some(&wanted)).await?;
    let set = sets.of(Some(&wanted)).ok_or_else(Problem::not_found)?;
    conditions.respond(&tag(&set.spec)?, &set.spec)
}

fn tag(set: &QuestionSet) -> Result<ETag, Problem> {
    let bytes = serde_json::to_vec(set).map_err(Problem::internal)?;
    Ok(ETag::content(&bytes))
}

/// Analyze an answer
///
/// Suggests which of the question's signals the text shows, each with the words that suggest it, and what a client can
/// still ask. Phrases are looked for, by fixed rules and without a network: what is not found may still have been said,
/// and no number here judges a therapist.
///
/// The request is neither stored nor logged.
#[utoipa::path(
    tag = "consultation",
    security((), ("bearer" = ["match:run"])),
    request_body = NewAnalysis,
    responses((status = 200, description = "What the text suggests.", body = Analysis), ComputeProblems)
)]
#[post("/v1/consultation/analyses")]
pub async fn create_analysis(
    _caller: Matcher,
    body: PrivateJson<NewAnalysis>,
    table: Data<QuestionSets>,
) -> Result<HttpResponse, Problem> {
    let PrivateJson(asked) = body;
    let sets = table.knowing(asked.question_set.as_ref()).await?;
    let (set, at) = asked.place(&sets).map_err(Problem::invalid)?;
    let is_long = asked.text.len() > LONG;
    let analyze = move || {
        let question = set.questions.get(at)?;
        Some(Analysis::of(&set, question, &asked.text))
    };
    let analysis = if is_long { block(analyze).await.map_err(Problem::internal)? } else { analyze() };
    let analysis = analysis.ok_or_else(|| Problem::internal("a question set lost a question"))?;
    Ok(HttpResponse::Ok().insert_header(NO_STORE).json(analysis))
}
