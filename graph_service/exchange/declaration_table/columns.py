"""The columns of a table of declarations: names, types, and what a supplier is told of each, in two languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import pyarrow as pa

from graph_service.model.units import UNITS
from graph_service.model.vocabulary import CarbonComponent, RatingScale, SystemBoundary

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

_TEXT, _NUMBER, _DAY, _FLAG = pa.string(), pa.float64(), pa.date32(), pa.bool_()


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``words``: the closed list of what it holds; ``example``: as text, in the template's first row."""

    name: str
    label_zh: str
    type: pa.DataType
    note: str
    note_zh: str
    example: str = ""
    words: tuple[str, ...] = ()
    is_required: bool = False
    is_share: bool = False

    def label(self, language: Language) -> str:
        """What stands in the header."""
        return self.name if language == "en" else self.label_zh

    def help(self, language: Language) -> str:
        """What it means, with its unit."""
        return self.note if language == "en" else self.note_zh


def _words(words: type[StrEnum]) -> tuple[str, ...]:
    return tuple(word.value for word in words)


_COMPONENT_COLUMNS: Mapping[CarbonComponent, Column] = {
    CarbonComponent.FOSSIL: Column(
        *("fossil_kgco2e", "化石排放 kgCO2e", _NUMBER),
        "Fossil part of kgco2e, kg CO2e per declared unit, 0 or more.",
        "碳足迹中的化石部分，每声明单位 kg CO2e，不小于 0。",
        example="11.9",
    ),
    CarbonComponent.BIOGENIC_UPTAKE: Column(
        *("biogenic_uptake_kgco2e", "生物源吸收 kgCO2e", _NUMBER),
        "CO2 that plants took up, kg CO2e per declared unit, 0 or less. Not part of kgco2e.",
        "植物吸收的 CO2，每声明单位 kg CO2e，不大于 0；不计入碳足迹一列。",
        example="-0.2",
    ),
    CarbonComponent.LAND_USE_CHANGE: Column(
        *("land_use_change_kgco2e", "土地利用变化 kgCO2e", _NUMBER),
        "Part of kgco2e from land use change, kg CO2e per declared unit.",
        "碳足迹中土地利用变化的部分，每声明单位 kg CO2e。",
    ),
    CarbonComponent.LAND_MANAGEMENT_BIOGENIC_CO2: Column(
        *("land_management_biogenic_co2_kgco2e", "土地管理生物源CO2 kgCO2e", _NUMBER),
        "Part of kgco2e that is biogenic CO2 from land management, kg CO2e per declared unit.",
        "碳足迹中土地管理产生的生物源 CO2，每声明单位 kg CO2e。",
    ),
    CarbonComponent.LAND_MANAGEMENT_REMOVALS: Column(
        *("land_management_removals_kgco2e", "土地管理清除 kgCO2e", _NUMBER),
        "Removals by land management, part of kgco2e, kg CO2e per declared unit, 0 or less.",
        "土地管理带来的清除，计入碳足迹，每声明单位 kg CO2e，不大于 0。",
    ),
    CarbonComponent.BIOGENIC_NON_CO2: Column(
        *("biogenic_non_co2_kgco2e", "生物源非CO2 kgCO2e", _NUMBER),
        "Part of kgco2e that is biogenic and not CO2, as methane, kg CO2e per declared unit.",
        "碳足迹中生物源的非 CO2 气体（如甲烷），每声明单位 kg CO2e。",
    ),
    CarbonComponent.TECHNOLOGICAL_REMOVALS: Column(
        *("technological_removals_kgco2e", "技术清除 kgCO2e", _NUMBER),
        "Removals by technology, part of kgco2e, kg CO2e per declared unit, 0 or less.",
        "技术手段带来的清除，计入碳足迹，每声明单位 kg CO2e，不大于 0。",
    ),
    CarbonComponent.CCS_CAPTURE: Column(
        *("ccs_capture_kgco2e", "CCS捕集 kgCO2e", _NUMBER),
        "CO2 captured and stored, part of kgco2e, kg CO2e per declared unit.",
        "捕集并封存的 CO2，计入碳足迹，每声明单位 kg CO2e。",
    ),
}

COMPONENTS: Mapping[str, CarbonComponent] = {column.name: part for part, column in _COMPONENT_COLUMNS.items()}
"""The carbon component that each of its columns gives."""

COLUMNS: tuple[Column, ...] = (
    Column(
        *("item", "产品标识", _TEXT),
        "Which item: its uid, or any of its identifiers (urn:...). May be empty where product_ids says it.",
        "对应的产品或部件：其 uid，或任一标识（urn:...）；已填产品编码时可留空。",
    ),
    Column(
        *("product_ids", "产品编码", _TEXT),
        "Identifiers of the product, URNs parted by single spaces.",
        "产品的标识，URN 格式，多个之间用一个空格分开。",
        example="urn:gtin:4712345060507",
    ),
    Column(*("product_name", "产品名称", _TEXT), "Name of the product.", "产品的名称。", example="Aluminium housing"),
    Column(
        *("declared_unit", "声明单位", _TEXT),
        "Unit that the values of this row are for one of. Empty: the declared unit of the item.",
        "本行数值所对应的单位（每一个该单位）；留空即为该产品的声明单位。",
        example="kg",
        words=UNITS,
    ),
    Column(
        *("declared_unit_amount", "单位数量", _NUMBER),
        "How many declared units make one product, above 0.",
        "一件产品含多少个声明单位，大于 0。",
    ),
    Column(
        *("product_mass_kg", "单位质量 kg", _NUMBER),
        "Mass of one declared unit, in kg.",
        "一个声明单位的质量，单位 kg。",
        example="1",
    ),
    Column(
        *("kgco2e", "碳足迹 kgCO2e", _NUMBER),
        "Footprint without biogenic uptake, kg CO2e per declared unit.",
        "不含生物源吸收的碳足迹，每声明单位 kg CO2e。",
        example="12.5",
        is_required=True,
    ),
    *_COMPONENT_COLUMNS.values(),
    Column(
        *("reference_period_start", "数据期开始", _DAY),
        "First day of the time that the data are from.",
        "数据所属时期的第一天。",
        example="2025-01-01",
        is_required=True,
    ),
    Column(
        *("reference_period_end", "数据期结束", _DAY),
        "Day after the last one that the data are from.",
        "数据所属时期最后一天的次日。",
        example="2026-01-01",
        is_required=True,
    ),
    Column(
        *("valid_from", "有效期开始", _DAY),
        "First day on which the footprint may be used.",
        "碳足迹可以使用的第一天。",
        example="2026-01-01",
        is_required=True,
    ),
    Column(
        *("valid_to", "有效期结束", _DAY),
        "Day after the last one of use. Empty: three years after reference_period_end.",
        "可以使用的最后一天的次日；留空即为数据期结束后三年。",
        example="2029-01-01",
    ),
    Column(
        *("primary_data_share", "初级数据占比", _NUMBER),
        "Share of the footprint from primary data, 0 to 1 (80 % is 0.8).",
        "碳足迹中来自初级数据的占比，0 到 1（80 % 写作 0.8）。",
        example="0.8",
        is_share=True,
    ),
    Column(
        *("technological_dqr", "技术代表性DQR", _NUMBER),
        "Technological data quality rating: 1 is best, 5 worst (3 on the scale V2).",
        "技术代表性评分：1 最好，5 最差（V2 标准为 3）。",
        example="1.5",
    ),
    Column(
        *("temporal_dqr", "时间代表性DQR", _NUMBER),
        "Temporal data quality rating: 1 is best, 5 worst (3 on the scale V2).",
        "时间代表性评分：1 最好，5 最差（V2 标准为 3）。",
        example="1",
    ),
    Column(
        *("geographical_dqr", "地理代表性DQR", _NUMBER),
        "Geographical data quality rating: 1 is best, 5 worst (3 on the scale V2).",
        "地理代表性评分：1 最好，5 最差（V2 标准为 3）。",
        example="2",
    ),
    Column(
        *("rating_scale", "评分标准", _TEXT),
        "Scale of the three ratings: V3 is 1 to 5, V2 is 1 to 3. Empty: V3.",
        "三项评分的标准：V3 为 1 到 5，V2 为 1 到 3；留空即为 V3。",
        example="V3",
        words=_words(RatingScale),
    ),
    Column(
        *("exempted_share", "豁免占比", _NUMBER),
        "Share of emissions left out under exemption rules, 0 to below 1.",
        "按豁免规则未计入的排放占比，0 到 1（不含 1）。",
        example="0.02",
        is_share=True,
    ),
    Column(
        *("is_verified", "已核查", _FLAG),
        "Whether a third party has verified it: true or false.",
        "是否经第三方核查：true（是）或 false（否）。",
        example="false",
        words=("true", "false"),
    ),
    Column(
        *("verification", "核查说明", _TEXT),
        "Who verified it, by which standard and when.",
        "核查机构、依据的标准与日期。",
    ),
    Column(
        *("boundary", "系统边界", _TEXT),
        "System boundary. Empty: CRADLE_TO_GATE.",
        "系统边界：CRADLE_TO_GATE 摇篮到大门，CRADLE_TO_GRAVE 摇篮到坟墓；留空即为前者。",
        example=SystemBoundary.CRADLE_TO_GATE.value,
        words=_words(SystemBoundary),
    ),
    Column(
        *("geography", "地理范围", _TEXT),
        "Areas that it holds for, narrowest first, parted by semicolons: CN-SN; CN. Empty: the world.",
        "适用的地区，由小到大，用分号分开：CN-SN; CN；留空即为全球。",
        example="CN-SN; CN",
    ),
    Column(
        *("gwp_set", "GWP版本", _TEXT),
        "Global warming potentials used, as AR6.",
        "所用的全球变暖潜势版本，如 AR6。",
        example="AR6",
    ),
    Column(
        *("classifications", "产品分类", _TEXT),
        "Product classes, URNs parted by single spaces.",
        "产品分类，URN 格式，多个之间用一个空格分开。",
    ),
    Column(
        *("company_ids", "企业编码", _TEXT),
        "Identifiers of the company that makes it, URNs parted by single spaces.",
        "生产企业的标识，URN 格式，多个之间用一个空格分开。",
    ),
    Column(*("company_name", "企业名称", _TEXT), "Name of the company that makes it.", "生产企业的名称。"),
    Column(
        *("declaration", "声明编号", _TEXT),
        "Your own id of this declaration, a UUID. Empty: one is given.",
        "本声明的编号（UUID）；留空则自动生成。",
    ),
    Column(
        *("preceding", "替代声明", _TEXT),
        "Ids of the declarations that this one replaces, parted by single spaces.",
        "本声明所替代的声明编号，多个之间用一个空格分开。",
    ),
    Column(*("comment", "备注", _TEXT), "Anything a reader should know.", "需要说明的事项。"),
)
"""In the order of the template."""

COLUMN_BY_NAME: Mapping[str, Column] = {column.name: column for column in COLUMNS}

EXAMPLE_ITEMS: Mapping[Language, str] = {"en": "EXAMPLE-ITEM", "zh": "示例产品"}
"""What stands as item in the template's example row, and nowhere else."""

EXAMPLE_COMMENTS: Mapping[Language, str] = {
    "en": "Example: delete this row. It is left out as long as it stays as it is.",
    "zh": "示例：请删除本行；保持原样时会被忽略。",
}


def example_cells(language: Language) -> tuple[str, ...]:
    """The example row of the template, as texts."""
    marked = {"item": EXAMPLE_ITEMS[language], "comment": EXAMPLE_COMMENTS[language]}
    return tuple(marked.get(column.name, column.example) for column in COLUMNS)
