"""Employees."""

from __future__ import annotations

from ..engine.tool import query
from ..engine.world import World
from .profile import Profile
from .rows import Employee, EmployeeDepartment, Permission
from .search import given, page


@query("searchEmployees")
def search_employees(
    world: World,
    profile: Profile,
    *,
    employee_id: str | None = None,
    name: str | None = None,
    department: EmployeeDepartment | None = None,
    role: str | None = None,
    has_permission: Permission | None = None,
    limit: float | None = None,
) -> list[Employee]:
    """Find employees of CoreCraft. All given filters must hold. Returns full employee records, with title and
    permissions, in order of name, then id. {capped} To see the rest, narrow by department, role or permission.

    Args:
        employee_id: Exact employee id.
        name: Part of the employee's name, in any case, taken as one phrase.
        department: Exact department.
        role: Part of the employee's job title, in any case, taken as one phrase.
        has_permission: A permission the employee must hold.
        limit: Most records to return: {sizes}.

    Rules: 2.2, G-05..G-13, B-12.
    """
    where = given(id=employee_id, department=department, permission=has_permission)
    return page(world.rows("employee", where, given(name=name, title=role)), limit, profile)
