"""What the articles are asked for in IR-06: where each figure stands, and what no article covers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from attrs import frozen

from ..checks import Value, money, number
from ..scene import Scene


@frozen
class Question:
    """A figure that one article is the main one for.

    ask: the words of the prompt for it. about: what that article deals with. word: a short word that finds it.
    pattern: where the figure stands. unit: as it is quoted. stale: what an outdated copy says, where the world has no
    outdated article of its own (`old`, with its pattern). also: further current articles that touch on it.
    public: a customer may ask.
    """

    article: str
    ask: str
    about: str
    word: str
    pattern: str
    unit: str
    stale: str = ""
    old: tuple[str, str] = ("", "")
    also: tuple[str, ...] = ()
    public: bool = True

    def figure(self, body: str, pattern: str = "") -> str:
        """The figure as this body states it."""
        found = re.search(pattern or self.pattern, body)
        assert found is not None, f"no {self.ask} in the article"
        return found[1].replace(",", "")

    def value(self, figure: str) -> Value:
        return money(figure) if self.unit == "$" else number(figure)

    def quoted(self, figure: str) -> str:
        """As a person would write it."""
        return f"${Decimal(figure):,.0f}" if self.unit == "$" else f"{figure} {self.unit}"

    def outdated(self, body: str) -> str:
        """The body of an outdated copy."""
        return re.sub(
            self.pattern, lambda m: m[0][: m.start(1) - m.start()] + self.stale + m[0][m.end(1) - m.start() :], body
        )


@frozen
class Gap:
    """What no article in force tells. pattern: how it would stand there. nearest: the articles that come closest."""

    ask: str
    word: str
    pattern: str
    nearest: tuple[str, ...]


def told(scene: Scene, gap: Gap) -> bool:
    """Whether some article in force does tell it."""
    return any(
        re.search(gap.pattern, row["body"]) for row in scene.rows("knowledge_base_article") if not row["isDeprecated"]
    )


def short_title(row: Mapping[str, Any]) -> tuple[str, ...]:
    """A title, and its part before a colon."""
    return tuple(dict.fromkeys((row["title"], row["title"].split(":")[0])))


_TIERS_OLD = "loyalty-tiers-2022"
_GPU = "gpu-temperatures-fan-curves"
_GPU_OLD = "gpu-temperatures-fan-curves-2022"
_GPU_ALSO = ("complete-pc-building-guide", "general-pc-troubleshooting", "graphforce-4070-troubleshooting")
_TIERS_ALSO = ("business-accounts",)
_PASTE_ALSO = ("complete-pc-building-guide", "ddr4-to-ddr5-upgrade", "zentricore-zenith-7-installation")
_RETURNS_ALSO = (
    "bundle-prebuilt-returns",
    "refund-processing",
    "business-calendar-2025",
    "business-accounts",
    "price-matching",
    "order-changes-before-shipping",
    "escalation-guide",
    "warranty-claim-filing",
    "warranty-coverage",
)

QUESTIONS = (
    Question(
        "thermal-paste-cooler-mounting",
        "the length of the line of paste on an LGA1700 processor",
        "paste and mounting coolers",
        "paste",
        r"LGA1700 \|[^|]*?(\d+) mm long",
        "mm",
        "35",
        also=_PASTE_ALSO,
    ),
    Question(
        _GPU,
        "the highest core temperature that we call safe for long use of a graphics card",
        "graphics card temperatures",
        "temperature",
        r"\*\*(\d+) °C at the core",
        "°C",
        old=(_GPU_OLD, r"Up to (\d+) °C at the core is safe"),
        also=_GPU_ALSO,
    ),
    Question(
        "loyalty-programme",
        "the yearly spend from which a customer is gold",
        "the loyalty tiers",
        "tier",
        r"\| gold \| at least \$([\d,]+)",
        "$",
        old=(_TIERS_OLD, r"\| gold \| from \$([\d,]+)"),
        also=_TIERS_ALSO,
    ),
    Question(
        "shipping-services",
        "the transit target for standard parcels",
        "shipping services and fees",
        "transit",
        r"\| Standard \|.*\| (\d+) business days",
        "business days",
        old=("shipping-transit-2024", r"\| Standard \|.*\| (\d+) business days"),
        also=("sla-handbook",),
    ),
    Question(
        "case-clearance-guide",
        "the longest graphics card for the AeroShell mid tower (RGB)",
        "what fits into which case",
        "clearance",
        r"\| `aeroshell-mid-tower-rgb` \|.*\| (\d+) mm \| \d+ mm",
        "mm",
        "330",
        also=("complete-pc-building-guide", "dragonfire-gaming-pc-manual"),
    ),
    Question(
        "psu-sizing-guide",
        "the wattage recommended for the Radiant RX 7800 XT",
        "sizing power supplies",
        "wattage",
        r"`orionix-radiant-rx-7800-xt` \| (\d+) W",
        "W",
        "650",
    ),
    Question(
        "escalation-guide",
        "the time in which an escalation is answered",
        "escalations",
        "escalation",
        r"answered within \*\*(\d+) business days",
        "business days",
        "5",
        also=("sla-handbook",),
        public=False,
    ),
    Question(
        "clarityone-user-guide",
        "the Windows scaling recommended for the 32 inch ClarityOne",
        "ClarityOne monitors",
        "scaling",
        r"Recommended Windows scaling \|.*\| (\d+) %",
        "%",
        "125",
    ),
    Question(
        "warranty-coverage",
        "the warranty of VoltStorm and DragonFire systems",
        "warranty cover and terms",
        "prebuilt",
        r"VoltStorm and DragonFire prebuilts \| (\d+)",
        "months",
        old=("warranty-table-2022", r"Prebuilt systems and workstations \| (\d+)"),
        also=("bundle-prebuilt-returns", "warranty-claim-filing"),
    ),
    Question(
        "sla-handbook",
        "the first response time for a high priority ticket",
        "service levels",
        "first response",
        r"\| high \| (\d+) business hours",
        "business hours",
        "8",
        public=False,
    ),
    Question(
        "storage-installation-nvme-sata",
        "the capacity that Windows shows for a 1 TB drive",
        "installing drives",
        "1 TB",
        r"1 TB appears as about (\d+) GB",
        "GB",
        "953",
    ),
    Question(
        "returns-policy",
        "the time a customer has to send something back",
        "returns",
        "return",
        r"within (\d+) days of the date of delivery",
        "days",
        old=("returns-policy-2023", r"\*\*(\d+) days from the date"),
        also=_RETURNS_ALSO,
    ),
    Question(
        _GPU,
        "the hot spot temperature at which the load must be stopped",
        "graphics card temperatures",
        "hot spot",
        r"\| Hot spot \|.* (\d+) °C and above",
        "°C",
        old=(_GPU_OLD, r"\| Hot spot \|.* (\d+) °C and above"),
        also=_GPU_ALSO,
    ),
    Question(
        "memory-kits-xmp-expo",
        "the highest memory speed of the Z790 Apex board",
        "memory kits",
        "memory",
        r"`cryonix-z790-apex` \| DDR5 \| (\d+)",
        "MT/s",
        "6000",
        also=("complete-pc-building-guide",),
    ),
    Question(
        "bios-update-cpu-support",
        "the largest USB stick for a BIOS update",
        "BIOS updates",
        "bios",
        r"USB stick of up to (\d+) GB",
        "GB",
        "64",
    ),
    Question(
        "promotions-december-2025",
        "the least goods value for WINTERDESK",
        "the December promotion",
        "WINTERDESK",
        r"Goods worth at least \$([\d.]+)",
        "$",
        "75.00",
    ),
    Question(
        "dragonfire-gaming-pc-manual",
        "the weight of a DragonFire",
        "the DragonFire PC",
        "dragonfire",
        r"weighs about (\d+) kg",
        "kg",
        "11",
    ),
    Question(
        "loyalty-programme",
        "the yearly spend from which a customer is platinum",
        "the loyalty tiers",
        "platinum",
        r"\| platinum \| at least \$([\d,]+)",
        "$",
        old=(_TIERS_OLD, r"\| platinum \| from \$([\d,]+)"),
        also=_TIERS_ALSO,
    ),
    Question(
        "ticket-triage",
        "the time without an answer after which a ticket counts as abandoned",
        "triage of tickets",
        "triage",
        r"No answer for (\d+) days",
        "days",
        "14",
        public=False,
    ),
    Question(
        "voltstorm-gaming-pc-manual",
        "the longest graphics card for a VoltStorm",
        "the VoltStorm PC",
        "voltstorm",
        r"up to (\d+) mm long",
        "mm",
        "300",
        also=("case-clearance-guide",),
    ),
    Question(
        "clarityone-user-guide",
        "the refresh rate that DisplayPort 1.4 carries without DSC at full 4K",
        "ClarityOne monitors",
        "ClarityOne",
        r"without DSC \| (\d+) Hz",
        "Hz",
        "100",
    ),
    Question(
        _GPU,
        "the fan speed that we recommend at 70 °C core temperature",
        "graphics card temperatures",
        "fan speed",
        r"\| 70 °C \| (\d+) %",
        "%",
        old=(_GPU_OLD, r"\| 70 °C \| (\d+) %"),
        also=_GPU_ALSO,
    ),
    Question(
        "missing-parcel-protocol",
        "the time in exception after which a parcel is treated as lost",
        "lost and stuck parcels",
        "exception",
        r"more than (\d+) days",
        "days",
        "14",
        public=False,
    ),
    Question(
        "keyboard-mouse-manual",
        "the time a keyboard must dry after a spill",
        "keyboards and mice",
        "keyboard",
        r"let it dry for (\d+) hours",
        "hours",
        "24",
    ),
    Question(
        "shipping-services",
        "the transit target for express parcels",
        "shipping services and fees",
        "express",
        r"\| Express \|.*\| (\d+) business days",
        "business days",
        old=("shipping-transit-2024", r"\| Express \|.*\| (\d+) business days"),
        also=("sla-handbook",),
    ),
    Question(
        "service-packing-data-backup",
        "the thickness of foam that has to surround a complete PC in its carton",
        "packing for service",
        "foam",
        r"with (\d+) cm of foam",
        "cm",
        "4",
    ),
    Question(
        "graphforce-4070-troubleshooting",
        "the power limit to set as a test when the PC shuts down under load",
        "GraphForce 4070 faults",
        "shutdown",
        r"power limit to (\d+) %",
        "%",
        "70",
    ),
    Question(
        "warranty-coverage",
        "the warranty of the NebulaX workstation",
        "warranty cover and terms",
        "workstation",
        r"NebulaX workstation \| (\d+)",
        "months",
        old=("warranty-table-2022", r"Prebuilt systems and workstations \| (\d+)"),
        also=("bundle-prebuilt-returns", "warranty-claim-filing"),
    ),
    Question(
        "sla-handbook",
        "the time in which a warranty claim leaves review",
        "service levels",
        "review",
        r"Warranty review \|.*\| (\d+) business days",
        "business days",
        "10",
        also=("warranty-claim-filing",),
        public=False,
    ),
    Question(
        "psu-sizing-guide",
        "the wattage recommended for the GraphForce 4080",
        "sizing power supplies",
        "recommended",
        r"`pyratech-graphforce-4080-16gb` \| (\d+) W",
        "W",
        "700",
    ),
    Question(
        "case-clearance-guide",
        "the tallest cooler for the Compact ITX case",
        "what fits into which case",
        "cooler",
        r"\| `aeroshell-compact-itx` \|.*\| (\d+) mm \|\n",
        "mm",
        "120",
        also=("complete-pc-building-guide", "voltstorm-gaming-pc-manual"),
    ),
    Question(
        "workstation-buying-guide",
        "the size of UPS that a workstation needs",
        "choosing a workstation",
        "UPS",
        r"at least ([\d,]+) VA",
        "VA",
        "800",
    ),
    Question(
        _GPU,
        "the graphics memory temperature at which the load must be stopped",
        "graphics card temperatures",
        "graphics memory",
        r"\| Graphics memory \|.* (\d+) °C and above",
        "°C",
        old=(_GPU_OLD, r"\| Graphics memory \|.* (\d+) °C and above"),
        also=_GPU_ALSO,
    ),
    Question(
        "loyalty-programme",
        "the yearly spend from which a customer is silver",
        "the loyalty tiers",
        "silver",
        r"\| silver \| at least \$([\d,]+)",
        "$",
        old=(_TIERS_OLD, r"\| silver \| from \$([\d,]+)"),
        also=_TIERS_ALSO,
    ),
    Question(
        "storage-installation-nvme-sata",
        "the temperature at which a hard drive needs better cooling at once",
        "installing drives",
        "hard drive",
        r"\| Hard drive \|.*\| (\d+) °C",
        "°C",
        "65",
        also=("complete-pc-building-guide",),
    ),
)

_BEEPS = ("beep-codes-quick-card", "general-pc-troubleshooting")
GAPS = (
    *(
        Gap(f"what the beep pattern {beeps} means", "beep", rf"\| {beeps} \|", _BEEPS)
        for beeps in (
            "5 short",
            "1 long, 4 short",
            "2 long, 3 short",
            "4 short",
            "2 long, 1 short",
            "6 short",
            "3 long, 2 short",
            "1 long, 5 short",
        )
    ),
    Gap("how hot the graphics chip of a notebook may get", "notebook", r"[Nn]otebook[^.]*\d+ °C", (_GPU,)),
    Gap(
        "how much paste belongs on a graphics chip",
        "graphics chip",
        r"graphics chip[^.]*\d ml",
        ("thermal-paste-cooler-mounting",),
    ),
    Gap("which temperatures hold for a card under a water block", "water block", r"water block[^.]*\d+ °C", (_GPU,)),
    Gap("how much paste an LGA1200 processor needs", "paste", r"LGA1200 \|.*ml", ("thermal-paste-cooler-mounting",)),
    Gap(
        "within how many days after the purchase we match a price",
        "match",
        r"within \*\*\d+ days\*\* after the purchase",
        ("price-matching",),
    ),
)
"""Of the last a withdrawn article still tells something."""


# --- as people speak of it ---------------------------------------------------------------------------------------


@frozen
class Spoken:
    """wonder: what somebody would like to know. claim: what somebody believes who has a figure."""

    wonder: str
    claim: str


_WARMTH = "a graphics card is fine at up to {claimed} for hours on end"
SPOKEN: Mapping[str, Spoken] = {
    "the length of the line of paste on an LGA1700 processor": Spoken(
        "how long the line of paste on an LGA1700 chip should be",
        "the line of paste on an LGA1700 chip should be {claimed} long",
    ),
    "the highest core temperature that we call safe for long use of a graphics card": Spoken(
        "how hot a graphics card may run for hours before it does any harm", _WARMTH
    ),
    "the yearly spend from which a customer is gold": Spoken(
        "how much you have to spend in a year to be gold", "gold starts at {claimed} a year"
    ),
    "the transit target for standard parcels": Spoken(
        "how long a standard parcel is supposed to be on the road",
        "standard shipping is supposed to take {claimed} once it's on the road",
    ),
    "the longest graphics card for the AeroShell mid tower (RGB)": Spoken(
        "how long a graphics card can be in the AeroShell RGB mid tower",
        "cards up to {claimed} fit in the AeroShell RGB mid tower",
    ),
    "the wattage recommended for the Radiant RX 7800 XT": Spoken(
        "what size power supply goes with a Radiant RX 7800 XT",
        "{claimed} is the right power supply for a Radiant RX 7800 XT",
    ),
    "the time in which an escalation is answered": Spoken(
        "how fast an escalation is supposed to get an answer", "escalations get an answer within {claimed}"
    ),
    "the Windows scaling recommended for the 32 inch ClarityOne": Spoken(
        "what scaling Windows should be on with the 32 inch ClarityOne",
        "the 32 inch ClarityOne should be on {claimed} scaling in Windows",
    ),
    "the warranty of VoltStorm and DragonFire systems": Spoken(
        "how long the warranty on a VoltStorm or DragonFire runs",
        "VoltStorm and DragonFire systems come with {claimed} of warranty",
    ),
    "the first response time for a high priority ticket": Spoken(
        "how quickly a high priority ticket needs its first reply",
        "a high priority ticket needs its first reply within {claimed}",
    ),
    "the capacity that Windows shows for a 1 TB drive": Spoken(
        "how many GB Windows is supposed to show for a 1 TB drive", "Windows shows a 1 TB drive as about {claimed}"
    ),
    "the time a customer has to send something back": Spoken(
        "how many days you get to send something back", "you get {claimed} to send something back"
    ),
    "the hot spot temperature at which the load must be stopped": Spoken(
        "how high the hot spot of a graphics card may go before you have to quit the game",
        "you have to quit the game once the hot spot of a graphics card shows {claimed}",
    ),
    "the highest memory speed of the Z790 Apex board": Spoken(
        "how fast the memory on a Z790 Apex can be", "the Z790 Apex takes memory up to {claimed}"
    ),
    "the largest USB stick for a BIOS update": Spoken(
        "how big the USB stick for a BIOS update can be", "a USB stick for a BIOS update can be up to {claimed}"
    ),
    "the least goods value for WINTERDESK": Spoken(
        "how much has to be in the cart for WINTERDESK", "WINTERDESK works from {claimed} up"
    ),
    "the weight of a DragonFire": Spoken("how much a DragonFire weighs", "a DragonFire weighs about {claimed}"),
    "the yearly spend from which a customer is platinum": Spoken(
        "how much you have to spend in a year to be platinum", "platinum starts at {claimed} a year"
    ),
    "the time without an answer after which a ticket counts as abandoned": Spoken(
        "after how many days without an answer a ticket counts as abandoned",
        "a ticket counts as abandoned after {claimed} without an answer",
    ),
    "the longest graphics card for a VoltStorm": Spoken(
        "how long a graphics card can be to fit in a VoltStorm", "cards up to {claimed} long fit in a VoltStorm"
    ),
    "the refresh rate that DisplayPort 1.4 carries without DSC at full 4K": Spoken(
        "what refresh rate a ClarityOne still does in 4K over DisplayPort 1.4 with DSC off",
        "a ClarityOne does {claimed} in 4K over DisplayPort 1.4 with DSC off",
    ),
    "the fan speed that we recommend at 70 °C core temperature": Spoken(
        "how fast the fans on a graphics card should turn once it's at 70 degrees",
        "the fans on a graphics card should turn at {claimed} once it's at 70 degrees",
    ),
    "the time in exception after which a parcel is treated as lost": Spoken(
        "how long a parcel sits in exception before we treat it as lost",
        "we treat a parcel as lost once it's been in exception for more than {claimed}",
    ),
    "the time a keyboard must dry after a spill": Spoken(
        "how long a keyboard has to dry after a spill", "a keyboard has to dry for {claimed} after a spill"
    ),
    "the transit target for express parcels": Spoken(
        "how long an express parcel is supposed to be on the road",
        "express is supposed to take {claimed} once it's on the road",
    ),
    "the thickness of foam that has to surround a complete PC in its carton": Spoken(
        "how thick the foam around a whole PC has to be when it goes in for service",
        "a whole PC needs {claimed} of foam around it when it goes in for service",
    ),
    "the power limit to set as a test when the PC shuts down under load": Spoken(
        "what power limit to try on a GraphForce 4070 when the PC shuts off under load",
        "you try a power limit of {claimed} on a GraphForce 4070 when the PC shuts off under load",
    ),
    "the warranty of the NebulaX workstation": Spoken(
        "how long the warranty on a NebulaX workstation is", "a NebulaX workstation comes with {claimed} of warranty"
    ),
    "the time in which a warranty claim leaves review": Spoken(
        "how long a warranty claim is allowed to sit in review", "a warranty claim is out of review within {claimed}"
    ),
    "the wattage recommended for the GraphForce 4080": Spoken(
        "what size power supply goes with a GraphForce 4080",
        "{claimed} is the right power supply for a GraphForce 4080",
    ),
    "the tallest cooler for the Compact ITX case": Spoken(
        "how tall a cooler can be in the Compact ITX case", "coolers up to {claimed} fit in the Compact ITX case"
    ),
    "the size of UPS that a workstation needs": Spoken(
        "how big a UPS a workstation needs", "a workstation needs a UPS of at least {claimed}"
    ),
    "the graphics memory temperature at which the load must be stopped": Spoken(
        "how hot the memory on a graphics card may get before you have to quit the game",
        "you have to quit the game once the memory on a graphics card shows {claimed}",
    ),
    "the yearly spend from which a customer is silver": Spoken(
        "how much you have to spend in a year to be silver", "silver starts at {claimed} a year"
    ),
    "the temperature at which a hard drive needs better cooling at once": Spoken(
        "at what temperature a hard drive needs better cooling right away",
        "a hard drive needs better cooling right away at {claimed}",
    ),
}
"""By the question's `ask`."""

_GAPS_SPOKEN: Mapping[str, str] = {
    "how hot the graphics chip of a notebook may get": "how hot the graphics chip in a notebook can get",
    "how much paste belongs on a graphics chip": "how much paste goes on a graphics chip",
    "which temperatures hold for a card under a water block": "what temperatures are okay for a card under a water block",
    "how much paste an LGA1200 processor needs": "how much paste an LGA1200 chip needs",
    "within how many days after the purchase we match a price": (
        "how many days after buying you can still get a price matched"
    ),
}


def spoken_of(gap: Gap) -> str:
    """What somebody would like to know of a gap; of a beep pattern, what is heard: "2 long and 3 short beeps"."""
    if beeps := re.search(r"beep pattern (.+) means", gap.ask):
        return f"{beeps[1].replace(', ', ' and ')} beeps"
    return _GAPS_SPOKEN[gap.ask]


def quoted_in_speech(quoted: str) -> str:
    """A figure as people type it: 89 degrees, 35%, 650W."""
    return quoted.replace(" °C", " degrees").replace(" %", "%").removesuffix(" MT/s").replace(" W", "W")
