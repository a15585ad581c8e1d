"""What rows are drawn from."""

from __future__ import annotations

FIRST = (
    "Anja", "Bruno", "Carla", "Dilan", "Edda", "Falko", "Greta", "Henning", "Ilse", "Jonas", "Karin", "Levin",
    "Mira", "Nils", "Oda", "Paul", "Ronja", "Selma", "Tarik", "Ulla", "Veit", "Wanda",
)  # fmt: skip
LAST = (
    "Abel", "Brandt", "Cordes", "Dorn", "Ebner", "Fuchs", "Gerber", "Hauser", "Imhof", "Jansen", "Keller", "Lorenz",
    "Marti", "Nagel", "Ortner", "Pfister", "Reuter", "Seidel", "Thoma", "Ulmer", "Vogt", "Winkler", "Zeller",
)  # fmt: skip
LIBRARIANS = (
    "Jana Weiss", "Matteo Lang", "Ruth Adler", "Sefa Kaya",
)  # fmt: skip
OPENINGS = (
    "Quiet", "Northern", "Last", "Hidden", "Second", "Open", "Silver", "Winter", "Distant", "Green", "Broken",
    "Narrow",
)  # fmt: skip
THINGS = (
    "Harbour", "Orchard", "Station", "Garden", "River", "Lantern", "Archive", "Winter", "Bridge", "Island",
    "Meadow", "Letter",
)  # fmt: skip
SHELVES = (
    "novels", "crime", "travel", "history", "science", "children",
)  # fmt: skip
