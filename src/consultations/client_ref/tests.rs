use proptest::prelude::*;

use super::*;

fn code(reference: &str) -> String {
    check(reference).err().map(|error| error.code.into_owned()).unwrap_or_default()
}

#[test]
fn opaque_references_are_taken() {
    for reference in [
        "c_9f3a",
        "client-000123",
        "client-0001234567",
        "01936f5e-8a00-7000-8000-000000000001",
        "00000000-0000-0000-0000-000000000000",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "d41d8cd98f00b204e9800998ecf8427e",
        "da39a3ee",
        "a",
        "7",
        "123456",
        "1541815603606036480",
        "urn:clinic:7~b.2",
        "north.patient.77",
        "intake-2026-11-22-0001-b",
        "V1StGXR8_Z5jdHi6B-myT",
        "12345678A",
        "station-7",
        "hotel.at.7",
        "cf",
        "tel",
        "telemetry-12",
        "mobile-app",
        "x".repeat(128).as_str(),
        "c-2024-000123",
        "client-42",
        "c-241122-0001",
        "site-001-002-0003",
        "case-2024-11-22-0415",
        "north.clinic.077",
        "client-42.clinic.example.org",
        "gmail-import-42",
        "from.outlook.7",
        "abc123-456-7890x",
        "7f-0415-555-0123",
    ] {
        assert_eq!(code(reference), "", "{reference}");
    }
}

#[test]
fn other_signs_are_refused() {
    for reference in
        [".", "..", "...", "-", "~_:", "a b", "a/b", "ä", "a#1", "a\u{0}", "{}", "a,b", "client 12"]
    {
        assert_eq!(code(reference), "invalid_format", "{reference}");
    }
    // Too long: a fault of its own.
    assert_eq!(code(&"1".repeat(129)), "");
}

#[test]
fn addresses_and_numbers_of_persons_are_refused() {
    for reference in [
        // E-mail addresses.
        "maya@example.org",
        "mailto:maya@example.org",
        "maya.okafor-at-example.org",
        "Maya~AT~mail.example.co.uk",
        "@maya",
        // Phone numbers.
        "+14155550123",
        "4155550123",
        "415-555-0123",
        "(415) 555-0123",
        "415.555.0123",
        "0044~20~7946~0958",
        "tel:4155550123",
        "TEL4155550123",
        "phone_415_555_0123",
        "whatsapp:+49 30 901820",
        "tel:us-415-555-0123",
        "sms:tel:5550123",
        "555-0123",
        // United States, Canada, Australia.
        "123-45-6789",
        "ssn-123456789",
        "ssn:us:123-45-6789",
        "sin.046-454-286",
        "tfn:123456782",
        // United Kingdom.
        "QQ123456C",
        "ab-12-34-56-d",
        "nino:AB123456C",
        "943 476 5919",
        "nhs-943-476-5919",
        // Spain.
        "12345678Z",
        "12345678-z",
        "dni:12345678Z",
        "X1234567L",
        "nie-Z1234567R",
        // Italy.
        "RSSMRA85T10A562S",
        "cf:rssmra85t10a562s",
        "RSSMRA85T1LA562S",
        // France.
        "1 85 05 78 006 084 91",
        "185057800608491",
        "nir:1-85-05-2A-006-084",
        // Germany.
        "86095742719",
        "steuerid:86 095 742 719",
        "12150378A123",
        // Nordic countries.
        "811218-9876",
        "19811218-9876",
        "131052-308T",
        "131052A308T",
        "hetu:131052-308T",
        "010190-1234",
        // Netherlands, Poland, Ireland, Switzerland.
        "111222333",
        "bsn_111222333",
        "44051401359",
        "1234567T",
        "1234567FA",
        "756.1234.5678.97",
        // India, Brazil, Mexico, China, Korea.
        "2345 6789 0123",
        "aadhaar:234567890123",
        "ABCPE1234F",
        "529.982.247-25",
        "cpf-52998224725",
        "HEGG560427MVZRRL04",
        "11010519491231002X",
        "900101-1234567",
    ] {
        assert_eq!(code(reference), "personal_reference", "{reference}");
    }
}

#[test]
fn labels_do_not_hide_what_is_personal() {
    for reference in [
        "ref-415-555-0123",
        "ref415.555.0123",
        "patient:ref_1-415-555-0123",
        "client~001~415~555~0123",
        "415-555-0123-home",
        "x-020-7946-0958",
        "p.06.12.34.56.78",
        "m_0412_345_678",
        "P-123-45-6789",
        "p123-45-6789",
        "client-529.982.247-25",
        "k:756.1234.5678.97",
        "pat-1-85-05-78-006-084-91",
        "john.doe.gmail.com",
        "jdoe77.gmail.com",
        "john_doe_at_gmail_dot_com",
        "maya-yahoo.co.uk",
        "ref.maya.okafor.example.org",
    ] {
        assert_eq!(code(reference), "personal_reference", "{reference}");
    }
}

/// The same number, written as people write numbers.
fn written(digits: &str, separators: &[char]) -> String {
    let pairs = digits.chars().enumerate().map(|(at, digit)| match separators.get(at) {
        Some(' ') | None => digit.to_string(),
        Some(separator) => format!("{separator}{digit}"),
    });
    pairs.collect()
}

proptest! {
    #[test]
    fn a_number_is_found_however_it_is_written(
        digits in "[0-9]{7,15}",
        separators in proptest::collection::vec(proptest::sample::select(vec![' ', '-', '.', '_', ':', '~']), 15),
        label in proptest::option::of(proptest::sample::select(LABELS)),
        upper in any::<bool>(),
        between in proptest::sample::select(vec!["", ":", "-", "."]),
    ) {
        let number = written(&digits, &separators);
        let label = label.unwrap_or_default();
        let label = if upper { label.to_uppercase() } else { label.to_owned() };
        prop_assert_eq!(code(&format!("{label}{between}{number}")), "personal_reference");
    }

    #[test]
    fn a_dni_is_found_and_its_neighbours_are_not(number in 0u64..100_000_000, other in 1u64..23) {
        let letters = b"TRWAGMYFPDXBNJZSQVHLCKE";
        let letter = |number: u64| char::from(letters[usize::try_from(number % 23).unwrap()]);
        let dni = format!("{number:08}{}", letter(number));
        prop_assert!(is_personal(&dni));
        let neighbour = format!("{number:08}{}", letter(number + other));
        prop_assert!(!is_spanish(&neighbour));
    }

    #[test]
    fn what_programs_draw_is_taken(
        uuid in any::<u128>(), hex in "[0-9a-f]{19,64}", ulid in "[0-7][0-9A-HJKMNP-TV-Z]{25}", counter in 0u64..u64::MAX,
        word in "[a-z]{3,10}",
    ) {
        prop_assert_eq!(code(&uuid::Uuid::from_u128(uuid).to_string()), "");
        prop_assert_eq!(code(&hex), "");
        prop_assert_eq!(code(&ulid), "");
        prop_assume!(label(&word).is_none());
        prop_assert_eq!(code(&format!("{word}-{counter}")), "");
    }

    #[test]
    fn ids_as_programs_make_them_are_always_taken(
        bytes in proptest::collection::vec(any::<u8>(), 16..48), number in any::<u128>(), label in "[a-z]{1,8}[-_:.]",
        ulid in "[0-7][0-9A-HJKMNP-TV-Z]{25}", year in 1990..2100, counter in 0..1_000_000,
    ) {
        use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
        let uuid = uuid::Uuid::from_u128(number);
        let random = BASE64_URL_SAFE_NO_PAD.encode(bytes);
        for id in [
            uuid.to_string(), uuid.simple().to_string(), uuid.to_string().to_uppercase(), uuid.urn().to_string(),
            ulid.clone(), ulid.to_lowercase(), format!("{label}{ulid}"), format!("{label}{uuid}"), random,
            format!("c-{year}-{counter:06}"), format!("client-{counter}"),
        ] {
            prop_assert_eq!(code(&id), "", "{}", id);
        }
    }

    #[test]
    fn a_phone_or_social_security_number_is_found_behind_any_label(
        label in "[A-Za-z]{1,10}", parts in ([2_u16..10, 2_u16..10], 0_u16..100, 0_u16..100, 1_u16..10_000),
        social in (1_u16..666, 1_u16..100, 1_u16..10_000),
        separator in proptest::sample::select(vec!['-', '.', '_', ':', '~']), is_glued in any::<bool>(),
    ) {
        let ([area, exchange], a, e, line) = parts;
        let (s, glue) = (separator, if is_glued { String::new() } else { separator.to_string() });
        let phone = format!("{label}{glue}{area}{a:02}{s}{exchange}{e:02}{s}{line:04}");
        prop_assert_eq!(code(&phone), "personal_reference", "{}", phone);
        let (first, second, third) = social;
        let social = format!("{label}{glue}{first:03}{s}{second:02}{s}{third:04}");
        prop_assert_eq!(code(&social), "personal_reference", "{}", social);
    }

    #[test]
    fn no_text_is_too_odd(text in "\\PC*", tail in any::<String>()) {
        let _ = (is_personal(&text), check(&tail));
    }
}
