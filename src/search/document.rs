//! Profiles as they are answered, kept compressed.
//!
//! What depends on the caller or the day (`email`, `phone`, `stale`, `distance_km`) is not part of what is kept: it is put
//! in when a profile is answered. *Invariant*: what comes out is, byte for byte, what serializing the profile gives.

use std::{fmt, io::Write as _, sync::Arc};

use memchr::memmem;
use serde::Serialize as _;
use zstd::{
    bulk::{Compressor, Decompressor},
    dict::{DecoderDictionary, EncoderDictionary},
};

use crate::{
    catalog::model::Catalog,
    directory::{examples, model::Therapist},
};

/// The fastest level that keeps matches with the dictionary; higher ones cost more than they save.
const LEVEL: i32 = 1;
const EMAIL: &[u8] = b",\"email\":";
const PHONE: &[u8] = b",\"phone\":";
const STALE: &[u8] = b",\"stale\":";
const DISTANCE: &[u8] = b",\"distance_km\":";

/// What packing and unpacking share: a dictionary of what profiles have in common.
#[derive(Clone)]
pub struct Codec(Option<Arc<(EncoderDictionary<'static>, DecoderDictionary<'static>)>>);

impl fmt::Debug for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Codec({})", self.0.is_some())
    }
}

impl Codec {
    /// For the profiles of a directory with this catalog.
    #[must_use]
    pub fn new(catalog: &Catalog) -> Self {
        let text = dictionary(catalog);
        let encoder = EncoderDictionary::try_copy(&text, LEVEL).ok();
        Self(encoder.zip(DecoderDictionary::try_copy(&text).ok()).map(Arc::new))
    }

    /// Packs profiles, one after the other.
    #[must_use]
    pub fn packer(&self) -> Packer<'_> {
        let codec = self.0.as_deref();
        let compressor = codec.and_then(|(encoder, _)| Compressor::with_prepared_dictionary(encoder).ok());
        Packer { compressor, json: Vec::new(), plain: Vec::new() }
    }

    /// Unpacks profiles, one after the other.
    #[must_use]
    pub fn unpacker(&self) -> Unpacker<'_> {
        let codec = self.0.as_deref();
        let decompressor =
            codec.and_then(|(_, decoder)| Decompressor::with_prepared_dictionary(decoder).ok());
        Unpacker { decompressor, plain: Vec::new() }
    }
}

/// A profile of every code, so that what profiles repeat need not be kept with each. The likeliest stands at the end,
/// where pointing at it takes least.
fn dictionary(catalog: &Catalog) -> Vec<u8> {
    let mut text = Vec::new();
    for area in &catalog.problem_areas {
        for focus in ["primary", "secondary"] {
            let _ = write!(text, "{{\"code\":\"{}\",\"focus\":\"{focus}\"}},", area.code);
        }
    }
    for modality in &catalog.modalities {
        let claim = "\"role\":\"technique\",\"evidence_level\":\"self_declared\",\"since\":null";
        let _ = write!(text, "{{\"code\":\"{}\",{claim}}},", modality.code);
    }
    for group in ["contact", "licenses", "locations", "availability"] {
        for method in ["self_attested", "phone", "email", "primary_source"] {
            let _ = write!(
                text,
                "{{\"field_group\":\"{group}\",\"method\":\"{method}\",\"confirmed_at\":\"2026-01-01T00:00:00Z\"}},"
            );
        }
    }
    if let Ok(example) = serde_json::from_value::<Therapist>(examples::therapist()) {
        let _ = serde_json::to_writer(&mut text, &example);
    }
    text
}

/// A profile as it is kept: packed, or plain where packing failed.
#[derive(Debug)]
pub struct Document {
    is_packed: bool,
    length: u32,
    bytes: Box<[u8]>,
}

/// The parts that a kept profile begins with: how long they are, and whether anybody may read the contacts.
const HEAD: usize = 17;

pub struct Packer<'a> {
    compressor: Option<Compressor<'a>>,
    json: Vec<u8>,
    plain: Vec<u8>,
}

impl fmt::Debug for Packer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Packer({})", self.compressor.is_some())
    }
}

impl Packer<'_> {
    /// Keeps a profile; `None` where it cannot be written as JSON, which no profile is known to do.
    pub(super) fn pack(&mut self, therapist: &Therapist) -> Option<Document> {
        self.json.clear();
        serde_json::to_writer(&mut self.json, therapist).ok()?;
        let (email, phone) =
            (serde_json::to_vec(&therapist.email).ok()?, serde_json::to_vec(&therapist.phone).ok()?);
        // Quotes within texts are escaped, so that these stand for the fields alone; no open map comes before the first or
        // after the last.
        let json = &self.json;
        let contact = memmem::find(json, EMAIL)?;
        let after_contact = contact + EMAIL.len() + email.len() + PHONE.len() + phone.len();
        let stale = memmem::rfind(json, STALE)?;
        let begin = json.get(..contact)?;
        let middle = json.get(after_contact..stale)?;
        let end = json.get(stale + STALE.len()..)?;
        let end = end.get(memchr::memchr(b',', end)?..)?;

        let plain = &mut self.plain;
        plain.clear();
        for part in [begin.len(), email.len(), phone.len(), middle.len()] {
            plain.extend_from_slice(&u32::try_from(part).ok()?.to_le_bytes());
        }
        let public = therapist.contact_public;
        plain.push(u8::from(public.email) | u8::from(public.phone) << 1);
        [begin, &email, &phone, middle, end].iter().for_each(|part| plain.extend_from_slice(part));

        let length = u32::try_from(plain.len()).ok()?;
        let packed = self.compressor.as_mut().and_then(|compressor| compressor.compress(plain).ok());
        let is_packed = packed.is_some();
        let bytes = packed.unwrap_or_else(|| plain.clone()).into_boxed_slice();
        Some(Document { is_packed, length, bytes })
    }
}

/// What is put into a kept profile when it is answered.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    /// The caller sees contacts that are not public.
    pub all_contacts: bool,
    pub stale: bool,
    /// In kilometres, where the request names a place; `Some(None)`: the profile has no position.
    pub distance: Option<Option<f64>>,
}

pub struct Unpacker<'a> {
    decompressor: Option<Decompressor<'a>>,
    plain: Vec<u8>,
}

impl fmt::Debug for Unpacker<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unpacker({})", self.decompressor.is_some())
    }
}

impl Unpacker<'_> {
    /// Writes a profile as JSON; `None` where what was kept cannot be read.
    pub fn write(&mut self, document: &Document, shown: Shown, out: &mut Vec<u8>) -> Option<()> {
        let plain: &[u8] = if document.is_packed {
            self.plain.clear();
            self.plain.reserve(document.length as usize);
            let decompressor = self.decompressor.as_mut()?;
            decompressor.decompress_to_buffer(&document.bytes, &mut self.plain).ok()?;
            &self.plain
        } else {
            &document.bytes
        };
        let (head, mut rest) = plain.split_at_checked(HEAD)?;
        let (lengths, public) = head.as_chunks::<4>();
        let mut take = |at: usize| {
            let (part, left) = rest.split_at_checked(u32::from_le_bytes(*lengths.get(at)?) as usize)?;
            rest = left;
            Some(part)
        };
        let (begin, email, phone, middle) = (take(0)?, take(1)?, take(2)?, take(3)?);
        let is_public = |bit: u8| shown.all_contacts || public.first().is_some_and(|flags| flags & bit != 0);
        let contact = |part, bit| if is_public(bit) { part } else { b"null".as_slice() };
        out.reserve(plain.len() + 40);
        let stale = if shown.stale { b"true".as_slice() } else { b"false" };
        for part in [begin, EMAIL, contact(email, 1), PHONE, contact(phone, 2), middle, STALE, stale] {
            out.extend_from_slice(part);
        }
        match shown.distance {
            None => out.extend_from_slice(rest),
            Some(distance) => {
                out.extend_from_slice(rest.strip_suffix(b"}")?);
                out.extend_from_slice(DISTANCE);
                let rounded = distance.map(rounded);
                rounded.serialize(&mut serde_json::Serializer::new(&mut *out)).ok()?;
                out.push(b'}');
            }
        }
        Some(())
    }
}

/// Kilometres as they are told: to a hundred metres.
#[must_use]
pub fn rounded(km: f64) -> f64 {
    (km * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::directory::model::ContactPublic;

    #[test]
    fn what_comes_out_is_what_went_in() {
        let catalog = Catalog::embedded().unwrap();
        let mut example: Therapist = serde_json::from_value(examples::therapist()).unwrap();
        example.headline = Some("\",\"email\":\"x\",\"stale\":true, \\\",\"stale\":".to_owned());
        example.email = Some("maya@example.org".to_owned());
        let mut answer = json!({"question": "when_stuck", "text": ",\"stale\":", "signals": []});
        answer["stale"] = json!(true);
        answer["email"] = json!(null);
        example.consultation_answers = Some(vec![serde_json::from_value(answer).unwrap()]);
        for codec in [Codec::new(&catalog), Codec(None)] {
            for (email, phone, stale) in [(false, true, false), (true, false, true), (false, false, false)] {
                example.contact_public = ContactPublic { email, phone };
                let document = codec.packer().pack(&example).unwrap();
                let mut expected = example.clone();
                expected.stale = stale;
                let mut unpacker = codec.unpacker();
                let mut show = |all_contacts, distance| {
                    let mut out = Vec::new();
                    unpacker.write(&document, Shown { all_contacts, stale, distance }, &mut out).unwrap();
                    String::from_utf8(out).unwrap()
                };
                assert_eq!(show(true, None), serde_json::to_string(&expected).unwrap());
                let far: Value = serde_json::from_str(&show(true, Some(Some(12.345)))).unwrap();
                assert_eq!(far["distance_km"], 12.3);
                let nowhere: Value = serde_json::from_str(&show(true, Some(None))).unwrap();
                assert_eq!(nowhere["distance_km"], Value::Null);
                expected.email.take_if(|_| !email);
                expected.phone.take_if(|_| !phone);
                assert_eq!(show(false, None), serde_json::to_string(&expected).unwrap());
            }
        }
    }

    #[test]
    fn packing_makes_less_of_it() {
        let codec = Codec::new(&Catalog::embedded().unwrap());
        let mut example: Therapist = serde_json::from_value(examples::therapist()).unwrap();
        example.name.given = "Somebody".to_owned();
        let document = codec.packer().pack(&example).unwrap();
        assert!(document.is_packed && document.bytes.len() * 4 < document.length as usize);
    }
}
