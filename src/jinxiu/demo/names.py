"""Names for people who do not exist: common surnames, and given-name characters by the decade somebody was born in.

The lists were put together for this project. No name is drawn from a register; that a combination is also carried by
somebody real cannot be avoided, since these are the commonest names there are.
"""

from __future__ import annotations

import numpy as np

from jinxiu.demo.chance import Array, Chance, pick

# Common first, each with about how many people of a thousand carry it. Only surnames whose usual reading is the right
# one, so that pinyin needs no dictionary of exceptions.
_SURNAMES = (
    "王张李刘 72 陈杨赵 40 郭武黄周吴 24 徐孙胡朱高林何马郝 15 罗梁宋郑谢韩唐冯于董程曹袁邓许乔温 9 "
    "傅沈彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆孔白崔康毛邱秦江史顾侯邵孟 4 "
    "龙万段雷钱汤尹黎易常贺赖龚文庞樊兰殷施陶洪安颜倪严牛鲁申耿左齐柴 2"
)

# First and second characters of given names; (from this birth year on, men, women).
_GIVEN_NAMES = (
    (1900, "福德长明玉广金天永世文万洪承", "贵山林堂顺祥山财寿义海安生才",
           "玉秀桂淑素凤兰月春香翠巧", "兰英珍芝花莲香梅仙贞清娥"),
    (1945, "建国志保新振学明玉金文德", "国华民军生平明林义成祥文",
           "秀玉桂淑爱凤月春金翠建素", "英兰珍华芳萍云花莲梅琴香"),
    (1960, "建卫志晓永国海俊文红春立", "军平伟强斌明忠东刚林华峰",
           "丽秀红晓建春爱玉海艳小惠", "萍梅英红霞华丽芳玲琴燕萍"),
    (1975, "志晓海建俊永宏文小国振瑞", "伟强勇军涛斌鹏飞杰磊波峰",
           "丽晓海红艳文小静春慧燕瑞", "丽芳静娟敏霞燕玲艳红娜萍"),
    (1990, "子浩俊晨宇嘉泽明天家博志", "轩杰宇豪鑫鹏博龙阳凯涛然",
           "雨欣佳思晓梦嘉雅文静子诗", "婷欣怡琪雯洁颖倩瑶悦蕾妍"),
    (2008, "子浩宇梓奕沐一俊铭皓景承", "轩宸泽睿涵辰霖然航瑞博安",
           "梓欣一雨语诗可若依思沐予", "涵萱彤怡诺桐妍汐宁瑶晴悦"),
)  # fmt: skip
_SINGLE_GIVEN_NAME = {1900: 0.12, 1945: 0.22, 1960: 0.35, 1975: 0.45, 1990: 0.3, 2008: 0.1}


def surnames(chance: Chance, size: int) -> Array:
    """Draw `size` surnames (text), the commonest most often."""
    characters, weights = _weighted_surnames()
    return pick(chance, characters, size, weights)


def given_names(chance: Chance, birth_years: Array, is_female: Array) -> Array:
    """Draw a given name of one or two characters for each birth year and sex (text)."""
    names = np.full(birth_years.shape, "", dtype=object)
    starts = [generation[0] for generation in _GIVEN_NAMES]
    generation_of = np.clip(np.searchsorted(starts, birth_years, side="right") - 1, 0, None)
    for number, (start, *lists) in enumerate(_GIVEN_NAMES):
        for female in (False, True):
            here = (generation_of == number) & (is_female == female)
            first, second = lists[2:] if female else lists[:2]
            names[here] = _given(chance, int(here.sum()), first, second, _SINGLE_GIVEN_NAME[start])
    return names


def _given(chance: Chance, size: int, first: str, second: str, single: float) -> Array:
    one, two = pick(chance, list(first), size), pick(chance, list(second), size)
    doubled = np.where(one == two, two, one + two)  # 丽丽 is a name of its own fashion; leave it out
    return np.where(chance.random(size) < single, two, doubled)


def _weighted_surnames() -> tuple[list[str], list[float]]:
    words = _SURNAMES.split()
    pairs = [
        (character, float(weight)) for group, weight in zip(words[::2], words[1::2], strict=True) for character in group
    ]
    return [character for character, _ in pairs], [weight for _, weight in pairs]
