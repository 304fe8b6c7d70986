"""Words of the sample: names, organisations, titles. All are invented."""

from __future__ import annotations

from collections.abc import Mapping

NAMES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "thai": (
        ("Anong", "Chai", "Kanya", "Malee", "Narong", "Nicha", "Pim", "Ploy", "Prasit", "Somsak",
         "Suda", "Tida", "Wanchai", "Yada"),
        ("Bunmee", "Chaisri", "Intara", "Kaewta", "Khamdee", "Maneerat", "Phanit", "Rattana",
         "Saelim", "Srisuk", "Thongchai", "Wattana", "Wongsa", "Yodying"),
    ),
    "japanese": (
        ("Aya", "Daichi", "Emi", "Haruto", "Kaori", "Kenta", "Mei", "Nao", "Ren", "Rina", "Sho",
         "Sota", "Yui", "Yuna"),
        ("Aoyama", "Fujita", "Hamada", "Ishii", "Kitagawa", "Kubo", "Maruyama", "Noguchi",
         "Okada", "Sakai", "Takeda", "Ueno", "Wakabayashi", "Yokota"),
    ),
    "french": (
        ("Amélie", "Bastien", "Camille", "Chloé", "Élodie", "Hugo", "Inès", "Jules", "Léa",
         "Loïc", "Manon", "Noémie", "Rémi", "Zoé"),
        ("Aubert", "Berger", "Caron", "Delmas", "Fabre", "Garnier", "Lacroix", "Marchand",
         "Noël", "Perrin", "Renaud", "Schmitt", "Vasseur", "Weber"),
    ),
    "chinese": (
        ("Bo", "Fang", "Hui", "Jing", "Lan", "Min", "Qiang", "Rui", "Wei", "Xin", "Yan", "Zhen"),
        ("Chen", "Deng", "Gao", "He", "Liang", "Lin", "Luo", "Pan", "Song", "Tang", "Xie", "Zhou"),
    ),
    "korean": (
        ("Ara", "Dohyun", "Eunji", "Haneul", "Jiho", "Minseo", "Seojun", "Sora", "Yejin", "Yuna"),
        ("Bae", "Cho", "Han", "Jang", "Kang", "Noh", "Ryu", "Shin", "Yang", "Yoon"),
    ),
    "vietnamese": (
        ("An", "Binh", "Chi", "Dung", "Ha", "Khanh", "Linh", "Minh", "Quynh", "Thao"),
        ("Bui", "Dang", "Do", "Ho", "Huynh", "Ngo", "Pham", "Phan", "Truong", "Vo"),
    ),
    "german": (
        ("Anke", "Birte", "Falk", "Greta", "Jonas", "Katrin", "Lukas", "Nele", "Sven", "Uwe"),
        ("Albers", "Brandt", "Ebert", "Falkner", "Hartwig", "Kessler", "Lorenz", "Reuter",
         "Seidel", "Vogt"),
    ),
}  # fmt: skip
"""Culture: given names, family names."""

ORGANISATIONS: Mapping[str, tuple[str, ...]] = {
    "bangkok": (
        "Lotus River Hospital", "Chao Phraya Paper", "Golden Rice Foods", "Banyan Assurance",
        "Sukhum Law Office", "Elephant Hill Motors", "Jasmine Rail", "Andaman Port Authority",
    ),
    "tokyo": (
        "Aoba Robotics", "Minato Trade Bank", "Hikari Pharma", "Kitakaze Shipping",
        "Midori City Office", "Sakuragi Precision", "Umi Energy", "Tsubame Logistics",
    ),
    "paris": (
        "Clinique du Canal", "Atelier Lumière", "Banque des Deux Rives", "Rhin Turbines",
        "Cabinet Tilleul", "Port de Belleroche", "Maison Verlaine Textiles", "Alpes Optique",
    ),
}  # fmt: skip

ROOMS = ("Room 1.04", "Room 2.11", "Room 3.20", "Board room", "Auditorium", "Online", "On site")

TITLES: Mapping[str, tuple[str, ...]] = {
    "DR": ("Depositions, day {n}: {org}", "Dialogue round {n} with {org}", "DR {n}: {org}"),
    "VIP": ("Visit of the chair of {org}", "Minister at {org}", "Signing ceremony, {org}"),
    "Weekly": (
        "Weekly call {n} with {org}", "Project stand-up {n}, {org}", "Site meeting {n}: {org}",
    ),
    "General": (
        "Contract talks with {org}", "Quarterly review, {org}", "Job interviews at {org}",
        "Supplier meeting, {org}", "Audit closing, {org}", "Budget round with {org}",
    ),
    "Urgent": ("Incident call, {org}", "Short notice: {org} on site", "Recall briefing, {org}"),
    "Other": ("{org}: staff event", "Press morning at {org}", "Guided tour, {org}"),
}  # fmt: skip
SKILL_TITLES: Mapping[str, tuple[str, ...]] = {
    "medical": ("Patient consultation, {org}", "Ward round with {org}"),
    "legal": ("Witness interview, {org}", "Settlement talks, {org}"),
    "technical": ("Machine acceptance at {org}", "Line inspection, {org}"),
    "finance": ("Credit committee, {org}", "Year-end figures, {org}"),
}
OTHER_TYPES = ("Company outing", "Press event", "Guided tour", "Family day")
LEAVE_REASONS = ("Holiday", "Parental leave", "Training", "Medical leave", "Family matter")
