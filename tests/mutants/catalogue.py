"""Every mutant and look-alike. A new one is one row in the file of its family."""

from mutants import (
    asynchrony,
    behaviour,
    conduct,
    contract,
    determinism,
    discovery,
    documentation,
    look_alikes,
    packaging,
    performance,
    resources,
    security,
    types_of_answers,
)

MUTANTS = (
    *discovery.MUTANTS,
    *packaging.MUTANTS,
    *contract.MUTANTS,
    *types_of_answers.MUTANTS,
    *asynchrony.MUTANTS,
    *behaviour.MUTANTS,
    *conduct.MUTANTS,
    *determinism.MUTANTS,
    *resources.MUTANTS,
    *performance.MUTANTS,
    *security.MUTANTS,
    *documentation.MUTANTS,
)
LOOK_ALIKES = (
    *look_alikes.LOOK_ALIKES,
    *behaviour.LOOK_ALIKES,
    *conduct.LOOK_ALIKES,
    *determinism.LOOK_ALIKES,
    *resources.LOOK_ALIKES,
)
