use control_ng::{Encoding, Malformed, Value};

fn read(encoding: Encoding, text: &str) -> Result<Value, Malformed> {
    encoding.read(text.as_bytes())
}

#[test]
fn keys_need_not_be_sorted() {
    let value = read(Encoding::Bencode, "d3:zzz1:a3:aaali-5e2:xyee").unwrap();
    assert_eq!(value.get("zzz").unwrap().as_str(), Some("a"));
    assert_eq!(
        value.get("aaa"),
        Some(&Value::List(vec![Value::Integer(-5), Value::text("xy")]))
    );
}

#[test]
fn what_is_written_is_read_again_in_both_encodings() {
    let value = Value::dictionary([
        ("sdp", Value::text("v=0\r\no=\"x\\\" 1 é\r\n")),
        ("count", Value::Integer(i64::MIN)),
        ("flags", Value::texts(["a", "b"])),
        ("inner", Value::dictionary([("k", Value::List(Vec::new()))])),
    ]);
    for encoding in [Encoding::Bencode, Encoding::Json] {
        let mut bytes = Vec::new();
        encoding.write(&value, &mut bytes);
        assert_eq!(Encoding::of(&bytes), Ok(encoding));
        assert_eq!(encoding.read(&bytes), Ok(value.clone()));
    }
}

#[test]
fn spaces_hyphens_underscores_and_case_are_one_in_keys() {
    let value = read(Encoding::Json, r#"{"From_Tag":"x"}"#).unwrap();
    assert_eq!(value.get("from-tag").unwrap().as_str(), Some("x"));
    assert_eq!(value.get("from tag").unwrap().as_str(), Some("x"));
    assert_eq!(value.get("fromtag"), None);
}

#[test]
fn a_text_is_a_list_by_its_commas() {
    assert_eq!(Value::text("a, b,,c").words(), ["a", "b", "c"]);
    assert_eq!(Value::texts(["a,b"]).words(), ["a,b"]);
}

#[test]
fn what_is_cut_short_too_deep_or_too_much_is_refused() {
    let deep = format!("d1:a{}{}e", "l".repeat(9), "e".repeat(9));
    let many = format!("d1:al{}ee", "0:".repeat(5000));
    for text in [
        "d",
        "d1:a",
        "d1:a5:xye",
        "d1:ai5",
        "di1e1:ae",
        "d1:ai--5ee",
        "d1:a99999999999999999999:xe",
        "d1:ai99999999999999999999ee",
        "d1:a-1:xe",
        "d1:a1:xex",
        deep.as_str(),
        many.as_str(),
    ] {
        assert_eq!(
            read(Encoding::Bencode, text),
            Err(Malformed::Bencode),
            "{text}"
        );
    }
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(1000), "]".repeat(1000));
    let many = format!("{{\"a\":[{}0]}}", "0,".repeat(5000));
    for text in ["{", "{\"a\"}", "{} {}", deep.as_str(), many.as_str()] {
        assert_eq!(read(Encoding::Json, text), Err(Malformed::Json), "{text}");
    }
}

#[test]
fn json_s_other_values_are_texts() {
    let value = read(
        Encoding::Json,
        r#"{"a":true,"b":null,"c":1.5,"d":18446744073709551615}"#,
    );
    let value = value.unwrap();
    assert_eq!(value.get("a").unwrap().as_str(), Some("true"));
    assert_eq!(value.get("b").unwrap().as_str(), Some(""));
    assert_eq!(value.get("c").unwrap().as_str(), Some("1.5"));
    assert_eq!(value.get("d").unwrap().as_integer(), Some(i64::MAX));
}
