//! Traditional characters as simplified ones, for cells that were typed or exported with them: 長江 is 长江.
//!
//! Those whose simplified form stands in the vocabulary, one to one, by Unicode CLDR's transform Hant-Hans (after the
//! kSimplifiedVariant of Unihan; 通用规范汉字表 annex 1). Left out is what is a simplified character too (乾, 後, 於).

use std::collections::HashMap;
use std::sync::OnceLock;

/// The simplified form of a character; itself where it has none.
pub(super) fn simplified(c: char) -> char {
    static TABLE: OnceLock<HashMap<char, char>> = OnceLock::new();
    if c < '\u{4e00}' {
        return c;
    }
    let pair = |text: &str| {
        let mut letters = text.chars();
        Some((letters.next()?, letters.next()?))
    };
    let table = TABLE.get_or_init(|| PAIRS.split_whitespace().filter_map(pair).collect());
    table.get(&c).copied().unwrap_or(c)
}

/// Traditional characters, each with its simplified form.
const PAIRS: &str = "\
    並并 亂乱 亞亚 佈布 併并 來来 侷局 係系 倉仓 側侧 備备 傢家 傳传 價价 儀仪 優优 \
    儲储 兒儿 內内 兩两 冊册 凈净 別别 則则 創创 剷铲 劃划 劇剧 劍剑 劑剂 動动 務务 \
    勝胜 匯汇 區区 協协 卻却 參参 叢丛 吳吴 員员 唸念 啟启 喫吃 喬乔 單单 噴喷 噹当 \
    嚮向 嚴严 國国 圍围 園园 圓圆 圖图 團团 埰采 報报 場场 塊块 塗涂 塵尘 壓压 壩坝 \
    妝妆 娛娱 婦妇 學学 宮宫 實实 寧宁 審审 寫写 寬宽 寵宠 寶宝 將将 專专 對对 導导 \
    層层 屬属 岡冈 島岛 峽峡 嶺岭 巖岩 帶带 幣币 幹干 庫库 廁厕 廚厨 廟庙 廠厂 廢废 \
    廣广 廳厅 弔吊 張张 強强 彆别 彈弹 彙汇 從从 復复 慄栗 態态 慶庆 應应 戰战 戶户 \
    拋抛 捨舍 捲卷 掃扫 採采 揚扬 換换 搆构 搾榨 撈捞 據据 擬拟 擴扩 攤摊 攪搅 數数 \
    昇升 時时 暫暂 曆历 曏向 書书 會会 東东 條条 棄弃 棗枣 棲栖 楊杨 楓枫 業业 極极 \
    榖谷 構构 樁桩 樂乐 樓楼 標标 樞枢 樣样 樸朴 樹树 橋桥 機机 橫横 檔档 檢检 檯台 \
    檸柠 櫸榉 櫻樱 權权 欖榄 歡欢 歷历 歸归 殘残 殯殡 殺杀 毬球 氣气 氫氢 汙污 沒没 \
    沖冲 況况 涇泾 淨净 測测 湧涌 準准 溝沟 溫温 溼湿 滌涤 漁渔 漢汉 漬渍 漿浆 潔洁 \
    潤润 潯浔 澆浇 澤泽 澱淀 濕湿 濟济 濱滨 瀏浏 瀘泸 瀝沥 灘滩 灣湾 為为 烏乌 烴烃 \
    無无 煉炼 煙烟 熱热 燄焰 燈灯 燐磷 燒烧 營营 爐炉 爛烂 爾尔 牆墙 牽牵 狀状 獄狱 \
    獨独 獸兽 獼猕 現现 環环 產产 畢毕 異异 當当 痠酸 療疗 發发 皁皂 監监 盪荡 眾众 \
    砲炮 確确 碼码 磚砖 礎础 礦矿 礫砾 禮礼 秈籼 稅税 稈秆 種种 稱称 穀谷 積积 穩稳 \
    窯窑 筍笋 節节 範范 築筑 簡简 籌筹 籐藤 籠笼 糧粮 糰团 紀纪 紅红 納纳 紐纽 純纯 \
    紗纱 紙纸 級级 紡纺 細细 終终 組组 結结 給给 絨绒 統统 絲丝 絹绢 經经 綜综 綠绿 \
    維维 網网 綸纶 緊紧 線线 締缔 編编 緩缓 練练 縣县 縮缩 縴纤 總总 織织 繞绕 繩绳 \
    繪绘 繫系 續续 纔才 纖纤 纜缆 羅罗 義义 翫玩 聞闻 聯联 聲声 職职 脈脉 腦脑 膠胶 \
    臍脐 臨临 臺台 與与 興兴 舊旧 舖铺 苧苎 荊荆 荳豆 莊庄 莖茎 莧苋 萵莴 葉叶 葦苇 \
    葯药 蓋盖 蓮莲 蔔卜 蔥葱 蕎荞 蕓芸 蕩荡 蕪芜 薑姜 薺荠 藍蓝 藝艺 藥药 藷薯 蘆芦 \
    蘇苏 蘋苹 蘭兰 蘿萝 處处 號号 蝕蚀 蝦虾 螢萤 蟲虫 蠶蚕 術术 衚胡 衛卫 衝冲 裝装 \
    裡里 製制 複复 覈核 見见 規规 視视 覽览 觀观 計计 訓训 託托 記记 設设 許许 診诊 \
    註注 証证 評评 詞词 詢询 試试 詳详 認认 語语 調调 請请 謀谋 證证 譟噪 議议 護护 \
    讀读 變变 讓让 豐丰 豬猪 貝贝 貞贞 貨货 貫贯 貯贮 貳贰 貴贵 費费 貿贸 賃赁 資资 \
    賓宾 賞赏 質质 賬账 購购 跡迹 跼局 蹟迹 車车 軋轧 軌轨 軍军 軟软 較较 載载 輔辅 \
    輕轻 輛辆 輪轮 輸输 轄辖 轉转 辦办 農农 迴回 連连 進进 遊游 運运 過过 遞递 遠远 \
    適适 遷迁 選选 遺遗 還还 邊边 郵邮 鄉乡 鄰邻 醫医 釀酿 針针 釣钓 鈍钝 鈑钣 鈴铃 \
    鉀钾 鉛铅 銀银 銅铜 銑铣 銷销 銻锑 鋁铝 鋅锌 鋪铺 鋰锂 鋼钢 錄录 錢钱 錦锦 錫锡 \
    錳锰 錶表 鍊炼 鍋锅 鍍镀 鍛锻 鎂镁 鎘镉 鎢钨 鎮镇 鎳镍 鏈链 鏟铲 鏽锈 鐵铁 鑄铸 \
    鑽钻 長长 門门 閉闭 開开 閑闲 閒闲 間间 閘闸 闆板 關关 陞升 陰阴 陸陆 陽阳 隄堤 \
    階阶 際际 險险 隱隐 隻只 雙双 雜杂 雞鸡 離离 雲云 電电 頂顶 項项 須须 預预 領领 \
    頭头 題题 顏颜 類类 顯显 風风 颱台 飛飞 飯饭 飲饮 飼饲 飾饰 養养 餌饵 館馆 馬马 \
    駐驻 驗验 驛驿 體体 髮发 鬆松 鬍胡 鬚须 鬱郁 魚鱼 鮮鲜 鳴鸣 鴨鸭 鴿鸽 鵝鹅 鷹鹰 \
    萬万 億亿 餘余 畝亩 頃顷 噸吨 違违 鹹咸 鹼碱 鹽盐 麥麦 麵面 黃黄 點点 黨党 鼕冬 齣出 龍龙";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traditional_characters_have_simplified_ones() {
        let all: Vec<&str> = PAIRS.split_whitespace().collect();
        assert!(all.len() > 500 && all.iter().all(|pair| pair.chars().count() == 2));
        for (text, expected) in [
            ("長江", "长江"),
            ("揚子江", "扬子江"),
            ("一級保護區", "一级保护区"),
            ("農藥", "农药"),
            ("幼兒園", "幼儿园"),
            ("尾礦庫", "尾矿库"),
            ("乾隆", "乾隆"),
            ("C26", "C26"),
        ] {
            assert_eq!(text.chars().map(simplified).collect::<String>(), expected);
        }
        // What a character becomes stays.
        assert!(all.iter().filter_map(|pair| pair.chars().nth(1)).all(|c| simplified(c) == c));
    }
}
