//! Search: the index finds what looking at every profile finds, in the same order, with the same counts.

mod random;
mod reference;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use proptest::{prelude::*, strategy::ValueTree as _};
use tailor::{
    catalog::model::Catalog,
    directory::model::Therapist,
    id::Id,
    search::{
        document::Codec,
        entry::Entry,
        find::{Found, find},
        index::Index,
        query::Query,
        request::SearchRequest,
        resolve::Context,
    },
};

pub(crate) const STALE_AFTER_DAYS: u16 = 90;

pub(crate) fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
}

fn catalog() -> Catalog {
    Catalog::embedded().unwrap()
}

/// Applies a change to both: a profile is put in, or taken out where it was marked.
fn change(index: &mut Index, plain: &mut BTreeMap<Id, Therapist>, codec: &Codec, change: &random::Change) {
    match change {
        random::Change::Put(therapist) => {
            index.upsert(Entry::of(therapist, &mut codec.packer()));
            plain.insert(therapist.id, (**therapist).clone());
        }
        random::Change::Remove(id) => {
            assert_eq!(index.remove(id), plain.remove(id).is_some());
        }
        random::Change::Settle => index.settle(),
    }
}

/// All pages of a search, one after the other, as one.
fn pages(index: &Index, request: &SearchRequest, all: bool, catalog: &Catalog) -> Found {
    let context = Context { catalog, today: today(), stale_after_days: STALE_AFTER_DAYS };
    let mut query = Query::resolve(request, &context, all).expect("a sound search");
    query.limit = request.limit.unwrap() as usize;
    let mut whole = find(index, &query);
    while let Some(next) = whole.next.take() {
        // As a cursor holds it.
        let text = serde_json::to_string(&next).unwrap();
        query.after = Some(serde_json::from_str(&text).unwrap());
        let page = find(index, &query);
        assert_eq!((page.total, &page.facets), (whole.total, &whole.facets));
        assert!(!page.places.is_empty() && page.places.len() <= query.limit);
        whole.places.extend(page.places);
        whole.next = page.next;
    }
    whole
}

fn same(
    index: &Index,
    plain: &BTreeMap<Id, Therapist>,
    request: &SearchRequest,
    all: bool,
    catalog: &Catalog,
) {
    let found = pages(index, request, all, catalog);
    let expected = reference::search(&plain.values(), request, all);
    let places: Vec<_> = found.places.iter().map(|place| (place.id, place.distance)).collect();
    assert_eq!(places, expected.places, "{request:?}");
    assert_eq!(found.total, expected.places.len() as u64);
    let facets: BTreeMap<&str, _> = found.facets.iter().map(|(field, facet)| (field.code(), facet)).collect();
    let expected: BTreeMap<&str, _> = expected.facets.iter().map(|(field, facet)| (*field, facet)).collect();
    assert_eq!(facets, expected, "{request:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_index_finds_what_looking_at_all_finds(
        changes in proptest::collection::vec(random::changes(), 0..120),
        searches in proptest::collection::vec((random::requests(), any::<bool>()), 1..8),
    ) {
        let catalog = catalog();
        let mut index = Index::new(&catalog);
        let codec = index.codec().clone();
        let mut plain = BTreeMap::new();
        let half = changes.len() / 2;
        for step in &changes[..half] {
            change(&mut index, &mut plain, &codec, step);
        }
        // Somebody goes on reading what was there before the rest was written.
        let (before, then) = (index.clone(), plain.clone());
        for step in &changes[half..] {
            change(&mut index, &mut plain, &codec, step);
        }
        prop_assert_eq!(index.len(), plain.len());
        for (request, all) in &searches {
            same(&before, &then, request, *all, &catalog);
            same(&index, &plain, request, *all, &catalog);
        }
    }
}

/// The whole, with more profiles than one block takes.
#[test]
fn blocks_add_up() {
    let catalog = catalog();
    let mut index = Index::new(&catalog);
    let codec = index.codec().clone();
    let mut plain = BTreeMap::new();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let profiles = proptest::collection::vec(random::profiles(), 2500);
    let profiles = profiles.new_tree(&mut runner).unwrap().current();
    for (at, mut therapist) in profiles.into_iter().enumerate() {
        let mut bytes = [0; 16];
        bytes[8..].copy_from_slice(&(at as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
        therapist.id = Id::from_bytes(bytes);
        change(&mut index, &mut plain, &codec, &random::Change::Put(Box::new(therapist)));
    }
    index.settle();
    for _ in 0..60 {
        let mut request = random::requests().new_tree(&mut runner).unwrap().current();
        request.limit = request.limit.map(|limit| limit * 20);
        same(&index, &plain, &request, false, &catalog);
        same(&index, &plain, &request, true, &catalog);
    }
}
