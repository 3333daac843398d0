//! A table joined to a layer.

use super::*;
use shanshui::model::Role as LayerRole;

pub fn a_ledger_is_joined_to_a_layer_and_taken_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = folder.path().join("月报.csv");
    let mut window = demo(Lang::Zh, [1280.0, 800.0], true);
    let outlets =
        |window: &Window| window.state().workbench().session().by_role(LayerRole::Outlet).expect("outlets").clone();
    let code = |row: usize, window: &Window| outlets(window).layer().attributes.get(row, "code").display().into_owned();
    let (first, second) = (code(0, &window), code(1, &window));
    // A key twice, one that no outlet has, one without.
    let text = format!("编号,本月流量\n{first},1.50\n{second},2\n{second},3.25\n没有的,4\n,5\n");
    std::fs::write(&ledger, text).expect("writable");
    window.state_mut().workbench_mut().open(vec![ledger]);
    settle(&mut window);
    let key = outlets(&window).key;
    edit(&mut window, LayerRole::Outlet);
    look(&mut window, "入河排污口");
    click(&mut window, "连接表格");
    for (choice, entry) in [("表格", "月报"), ("本图层的关键字段", "code"), ("表格的关键字段", "编号")]
    {
        window.get_by(|n| n.role() == Role::ComboBox && n.label().as_deref() == Some(choice)).click();
        settle(&mut window);
        // The list is drawn last; the layer is called so too.
        window.get_all_by_label(entry).last().expect("in the list").click();
        settle(&mut window);
    }
    let start = Instant::now();
    while window.query_by_label("可连接 2 个要素").is_none() {
        assert!(start.elapsed() < Duration::from_secs(60), "what would come of it is told");
        std::thread::sleep(Duration::from_millis(5));
        window.step();
    }
    window.get_by_label_contains("图层中有 242 个要素在表里找不到");
    window.get_by_label("表中有 1 行在图层里找不到");
    window.get_by_label("表中有 1 行没有关键字段的值");
    window.get_by_label_contains(&format!("表中有 1 个关键字段的值重复，取最后一行：{second}"));
    picture(&mut window, "join-zh-dark");
    click(&mut window, "连接");
    let joined = outlets(&window);
    assert_eq!((joined.key, joined.layer().edits.count()), (key, 2));
    let flow = |row: usize| joined.layer().attributes.get(row, "本月流量").display().into_owned();
    assert_eq!((flow(0).as_str(), flow(1).as_str(), flow(2).as_str()), ("1.5", "3.25", ""));
    keys(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(outlets(&window).layer().edits.is_empty());
}
