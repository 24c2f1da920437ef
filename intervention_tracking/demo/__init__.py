from . import (
    intervention_demo,
    intervention_demo_attendance,
    intervention_demo_contact,
)
