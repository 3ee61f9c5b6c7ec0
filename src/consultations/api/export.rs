//! All that an app holds, as a file: read page by page, as fast as the client takes it.

use actix_web::{
    HttpResponse,
    web::{Bytes, Data, block},
};
use futures_util::stream::{self, Stream};

use crate::{
    consultations::{
        Consultations,
        model::{Consultation, ConsultationError},
        store::Filter,
    },
    id::Id,
    store::StoreError,
    web::{edge::TOTAL, problem::Problem},
};

/// The media type.
pub const NDJSON: &str = "application/x-ndjson";
/// Consultations that are read at once.
const AT_ONCE: usize = 100;

/// The file ends before its end. Says no more: the cause is in the log.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the export was cut")]
pub struct Cut;

/// What is left to write.
enum Rest {
    Page(Vec<Consultation>),
    After(Id),
    Nothing,
}

/// Each page is a state of its own: what is stored or erased meanwhile may be there or not.
pub async fn all(consultations: Data<Consultations>, filter: Filter) -> Result<HttpResponse, Problem> {
    let (first, of) = (consultations.clone(), filter.clone());
    let read = move || {
        // A file that will be cut should not begin.
        first.can_open(&of)?;
        first.list(&of, None, AT_ONCE)
    };
    let (total, page) = block(read).await.map_err(Problem::internal)??;
    let lines = lines(consultations, filter, Rest::Page(page));
    Ok(HttpResponse::Ok().content_type(NDJSON).insert_header((TOTAL, total)).streaming(lines))
}

fn lines(
    consultations: Data<Consultations>,
    filter: Filter,
    first: Rest,
) -> impl Stream<Item = Result<Bytes, Cut>> {
    stream::try_unfold(first, move |rest| {
        let (consultations, filter) = (consultations.clone(), filter.clone());
        async move {
            let written = block(move || write(&consultations, filter, rest)).await;
            match written {
                Ok(Ok(written)) => Ok(written),
                Ok(Err(error)) => {
                    tracing::error!(%error, "an export of consultations was cut");
                    Err(Cut)
                }
                Err(error) => {
                    tracing::error!(%error, "an export of consultations was cut");
                    Err(Cut)
                }
            }
        }
    })
}

/// The lines of the next page, and what is left after it.
fn write(
    consultations: &Consultations,
    filter: Filter,
    rest: Rest,
) -> Result<Option<(Bytes, Rest)>, ConsultationError> {
    let page = match rest {
        Rest::Page(page) => page,
        // What ends meanwhile is not there any more.
        Rest::After(id) => {
            let filter = Filter { now: consultations.clock.now(), ..filter };
            consultations.list(&filter, Some(id), AT_ONCE)?.1
        }
        Rest::Nothing => return Ok(None),
    };
    let Some(last) = page.last().map(|last| last.id) else { return Ok(None) };
    let rest = if page.len() < AT_ONCE { Rest::Nothing } else { Rest::After(last) };
    let mut lines = Vec::new();
    for consultation in page {
        let line = serde_json::to_vec(&consultations.presented(consultation)?);
        lines.extend(line.map_err(|error| StoreError::Corrupt(error.to_string()))?);
        lines.push(b'\n');
    }
    Ok(Some((lines.into(), rest)))
}
