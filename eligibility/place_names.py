"""Places as the reader's language names them; English writes the sound and keeps the characters."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from eligibility import wording
from eligibility.core.places import Township

COUNTY_NAMES: Mapping[str, str] = {
    "330402": gettext_lazy("Nanhu District (南湖区)"),
    "330411": gettext_lazy("Xiuzhou District (秀洲区)"),
    "330421": gettext_lazy("Jiashan County (嘉善县)"),
    "330424": gettext_lazy("Haiyan County (海盐县)"),
    "330481": gettext_lazy("Haining City (海宁市)"),
    "330482": gettext_lazy("Pinghu City (平湖市)"),
    "330483": gettext_lazy("Tongxiang City (桐乡市)"),
}

# In the order of the codes of each county.
_SOUNDS = {
    "330402": (
        "建设 Jianshe, 解放 Jiefang, 新嘉 Xinjia, 南湖 Nanhu, 新兴 Xinxing, 城南 Chengnan, "
        "东栅 Dongzha, 长水 Changshui, 七星 Qixing, 凤桥 Fengqiao, 余新 Yuxin, 新丰 Xinfeng, "
        "大桥 Daqiao"
    ),
    "330411": (
        "新城 Xincheng, 嘉北 Jiabei, 塘汇 Tanghui, 高照 Gaozhao, 王江泾 Wangjiangjing, "
        "油车港 Youchegang, 新塍 Xincheng, 王店 Wangdian, 洪合 Honghe"
    ),
    "330421": (
        "魏塘 Weitang, 罗星 Luoxing, 惠民 Huimin, 大云 Dayun, 西塘 Xitang, 干窑 Ganyao, "
        "陶庄 Taozhuang, 姚庄 Yaozhuang, 天凝 Tianning"
    ),
    "330424": (
        "武原 Wuyuan, 西塘桥 Xitangqiao, 秦山 Qinshan, 望海 Wanghai, 沈荡 Shendang, "
        "百步 Baibu, 于城 Yucheng, 澉浦 Ganpu, 通元 Tongyuan"
    ),
    "330481": (
        "硖石 Xiashi, 海洲 Haizhou, 海昌 Haichang, 马桥 Maqiao, 许村 Xucun, 长安 Chang'an, "
        "周王庙 Zhouwangmiao, 丁桥 Dingqiao, 斜桥 Xieqiao, 黄湾 Huangwan, 盐官 Yanguan, "
        "袁花 Yuanhua"
    ),
    "330482": (
        "当湖 Danghu, 钟埭 Zhongdai, 曹桥 Caoqiao, 乍浦 Zhapu, 新埭 Xindai, 新仓 Xincang, "
        "广陈 Guangchen, 林埭 Lindai, 独山港 Dushangang"
    ),
    "330483": (
        "梧桐 Wutong, 凤鸣 Fengming, 高桥 Gaoqiao, 乌镇 Wuzhen, 濮院 Puyuan, 屠甸 Tudian, "
        "石门 Shimen, 河山 Heshan, 洲泉 Zhouquan, 大麻 Dama, 崇福 Chongfu"
    ),
}
_SOUND_OF = {
    (county, name): sound
    for county, listed in _SOUNDS.items()
    for name, sound in (entry.split(" ") for entry in listed.split(", "))
}


def county_name(code: str) -> str:
    """Return a county-level unit by its code; empty if it is none of the seven."""
    return str(COUNTY_NAMES[code]) if code in COUNTY_NAMES else ""


def township_name(township: Township) -> str:
    """Return a street or town without its county."""
    sound = _SOUND_OF.get((township.county_code, township.name.removesuffix(township.kind)))
    if wording.language() == "zh" or sound is None:
        return township.name
    if township.kind == "镇":
        return _("%(sound)s Town (%(name)s)") % {"sound": sound, "name": township.name}
    return _("%(sound)s Subdistrict (%(name)s)") % {"sound": sound, "name": township.name}


def full_name(township: Township) -> str:
    """Return a street or town with its county, as the language orders them."""
    if wording.language() == "zh":
        return f"{township.county}{township.name}"
    return _("%(town)s, %(county)s") % {
        "town": township_name(township),
        "county": county_name(township.county_code),
    }
