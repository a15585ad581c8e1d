"""The four failure examples of the seeds as tasks S-1..S-4, each with a reference solution and the mistake it describes.

A module per task: `task(world)` derives the truth from the world, `reference(desk)` earns every criterion and
`failing(desk)` plays the described mistake call by call and loses exactly the criteria in `FAILING_LOSES`.
"""
