from . import intervention_demo, intervention_demo_contact
