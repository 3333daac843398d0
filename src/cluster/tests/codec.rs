//! Tasks and receipts as bytes; nothing that comes in is trusted.

use proptest::prelude::*;
use shanshui_cluster::task::{Failed, Receipt, Rows, Task};

fn rising() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::btree_set(any::<u32>(), 0..40).prop_map(|set| set.into_iter().collect())
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..200)
}

fn task() -> impl Strategy<Value = Task> {
    let rows = ("[a-z/山]{0,12}", rising(), rising()).prop_map(|(file, groups, rows)| Rows { file, groups, rows });
    let layers = prop::collection::vec(rows, 0..4);
    ("[0-9a-f]{0,32}", "[0-9a-f]{0,32}", any::<u32>(), layers, any::<u32>(), bytes())
        .prop_map(|(build, data, tile, layers, owned, question)| Task { build, data, tile, layers, owned, question })
}

fn failed() -> impl Strategy<Value = Failed> {
    prop_oneof![
        ("[0-9a-f]{4}", "[0-9a-f]{4}").prop_map(|(asked, own)| Failed::Build { asked, own }),
        "\\PC{0,20}".prop_map(Failed::Task),
        ("[a-z]{0,5}", "\\PC{0,20}").prop_map(|(file, cause)| Failed::Data { file, cause }),
        "\\PC{0,20}".prop_map(Failed::Work),
        "\\PC{0,20}".prop_map(Failed::Panic),
    ]
}

fn receipt() -> impl Strategy<Value = Receipt> {
    let found = prop_oneof![bytes().prop_map(Ok), failed().prop_map(Err)];
    (any::<Option<u32>>(), "[0-9a-f]{0,8}", "[0-9a-f]{0,8}", "\\PC{0,12}", any::<(u32, u32)>(), 0.0..1e6_f64, found)
        .prop_map(|(tile, data, build, executor, (owned, read), seconds, found)| Receipt {
            tile,
            data,
            build,
            executor,
            owned,
            read,
            seconds,
            found,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tasks_come_back_as_they_were(task in task()) {
        prop_assert_eq!(Task::of_bytes(&task.to_bytes()), Ok(task));
    }

    #[test]
    fn receipts_come_back_as_they_were(receipt in receipt()) {
        prop_assert_eq!(Receipt::of_bytes(&receipt.to_bytes()), Ok(receipt));
    }

    #[test]
    fn cut_and_changed_bytes_are_errors_and_no_panics(
        task in task(), receipt in receipt(), at in any::<prop::sample::Index>(), to in any::<u8>(),
    ) {
        for mut whole in [task.to_bytes(), receipt.to_bytes()] {
            let at = at.index(whole.len());
            prop_assert!(Task::of_bytes(&whole[..at]).is_err());
            prop_assert!(Receipt::of_bytes(&whole[..at]).is_err());
            whole[at] = to;
            let _ = (Task::of_bytes(&whole), Receipt::of_bytes(&whole));
        }
    }

    #[test]
    fn any_bytes_are_no_panic(bytes in bytes()) {
        let _ = (Task::of_bytes(&bytes), Receipt::of_bytes(&bytes));
    }
}
