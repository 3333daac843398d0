//! Comments are written, read back and merged.

use super::*;

fn at(second: u32) -> String {
    format!("2026-01-02T08:00:{second:02}.000000000Z")
}

fn one() -> Comment {
    Comment::new(LonLat::new(121.4, 31.4), " 这里看一下 ", "张", &at(0))
}

/// Both ways round, which is to come to the same.
fn both(a: &Comment, b: &Comment) -> Comment {
    let one = Comments::of(vec![a.clone()]).behind(Comments::of(vec![b.clone()])).all.remove(0);
    let other = Comments::of(vec![b.clone()]).behind(Comments::of(vec![a.clone()])).all.remove(0);
    assert_eq!(one, other);
    one
}

#[test]
fn what_is_written_is_read_back_with_what_nobody_knows() {
    let mut comment = one();
    assert_eq!(comment.text, "这里看一下");
    comment.set(Set::Reply(Comment::reply("好", "李", &at(1))), &at(1));
    comment.more.insert("照片".into(), "1.jpg".into());
    let mut gone = one();
    gone.set(Set::Deleted(true), &at(2));
    let all = Comments::of(vec![comment, gone]);
    let text = all.to_geojson();
    assert_eq!(Comments::parse(&text), Ok(all));
    let json: Value = serde_json::from_str(&text).expect("JSON");
    assert!(json["shanshui"].is_object() && json["features"][1]["geometry"].is_null());
    assert_eq!(json["features"][0]["geometry"]["coordinates"][0], 121.4);
    // Drawn in another program.
    let theirs = r#"{"type":"FeatureCollection","name":"批注","features":[
        {"type":"Feature","properties":{"text":"x"},"geometry":{"type":"Point","coordinates":[121,31]}}]}"#;
    let read = Comments::parse(theirs).expect("comments");
    assert!(read.all[0].id.starts_with('c') && read.to_geojson().contains("\"name\":\"批注\""));
    for (text, said) in [
        ("", "line 1"),
        ("[]", "FeatureCollection"),
        (r#"{"features":[7]}"#, "feature 1: not a feature"),
        (r#"{"features":[{"properties":{"text":"x"},"geometry":null}]}"#, "feature 1: no point"),
        (r#"{"features":[{"properties":{},"geometry":{"type":"Point","coordinates":[500,1]}}]}"#, "no place"),
    ] {
        assert!(Comments::parse(text).expect_err(text).contains(said), "{text}");
    }
}

#[test]
fn nothing_is_lost_where_two_desks_write() {
    let (mut a, mut b) = (one(), one());
    b.id.clone_from(&a.id);
    b.changed.clone_from(&a.changed);
    a.set(Set::Text("甲改".into()), &at(3));
    b.set(Set::Text("乙改".into()), &at(4));
    a.set(Set::State(CommentState::Resolved), &at(5));
    a.set(Set::Reply(Comment::reply("一", "张", &at(6))), &at(6));
    b.set(Set::Reply(Comment::reply("二", "李", &at(5))), &at(5));
    let now = both(&a, &b);
    let replies: Vec<&str> = now.answers().map(|reply| reply.text.as_str()).collect();
    assert_eq!((now.text.as_str(), now.state, &replies[..]), ("乙改", CommentState::Resolved, &["二", "一"][..]));
    // One that was taken out stays so, whoever still has it; and comes back where it was put back later.
    let mut gone = now.clone();
    gone.set(Set::Deleted(true), &at(7));
    assert!(both(&gone, &now).is_deleted);
    let mut back = gone.clone();
    assert_eq!(back.set(Set::Deleted(false), &at(8)), Some(Set::Deleted(true)));
    assert!(!both(&gone, &back).is_deleted);
    // A reply that was taken back.
    let mut less = now.clone();
    let reply = Reply { text: String::new(), ..less.replies[0].clone() };
    less.set(Set::Reply(reply), &at(9));
    assert_eq!(both(&less, &now).answers().count(), 1);
    // Different comments stand beside one another.
    let other = one();
    let all = Comments::of(vec![a.clone()]).behind(Comments::of(vec![other.clone()]));
    assert_eq!(all.all.iter().map(|c| &c.id).collect::<Vec<_>>(), [&other.id, &a.id]);
}

#[test]
fn what_other_hands_set_counts_from_when_the_file_was_written() {
    let ours = one();
    for written in [at(9), "2026-01-01T08:00:00.000000000Z".to_owned()] {
        let mut theirs = ours.clone();
        theirs.text = "在 GIS 里改".to_owned();
        theirs.note_other_hands(&written);
        assert_eq!(both(&ours, &theirs).text, "在 GIS 里改");
        let again = theirs.clone();
        theirs.note_other_hands(&at(10));
        assert_eq!(theirs, again);
    }
}

#[test]
fn setting_gives_what_takes_it_back() {
    let mut all = Comments::of(vec![one()]);
    let (id, before) = (all.all[0].id.clone(), all.all[0].clone());
    assert_eq!(all.set(&id, Set::Text(before.text.clone()), &at(1)), None);
    for set in [
        Set::Text("另".into()),
        Set::State(CommentState::Resolved),
        Set::Place(LonLat::new(121.5, 31.5)),
        Set::Reply(Comment::reply("r", "", &at(1))),
    ] {
        let inverse = all.set(&id, set, &at(2)).expect("a change");
        assert!(all.set(&id, inverse, &at(3)).is_some());
    }
    let now = &all.all[0];
    assert_eq!((&now.text, now.state, now.at, now.answers().count()), (&before.text, before.state, before.at, 0));
    assert!(all.all[0].mentions("这里") && all.all[0].mentions("张") && !all.all[0].mentions("乙"));
}
