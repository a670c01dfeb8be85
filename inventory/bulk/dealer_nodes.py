"""A dealer's own stock node: it exists as soon as the dealer is contracted, and has the dealer's code.

Called for the event `dealers_changed`; safe to run again. See docs/inventory.md, "Nodes".
"""

from core import sql
from dealers import states

STAGES = (*states.STORE, "terminated")

ADOPT = """
UPDATE inventory_stocknode n SET dealer_id = d.id
  FROM dealers_dealer d WHERE d.id = ANY(%(ids)s) AND n.code = d.code AND n.dealer_id IS NULL
   AND n.kind IN ('agent1', 'agent2') AND d.stage = ANY(%(stages)s)
"""
CREATE = """
INSERT INTO inventory_stocknode (code, name, kind, org_unit_id, dealer_id)
SELECT d.code, d.name, 'agent' || d.agent_level, d.org_unit_id, d.id FROM dealers_dealer d
 WHERE d.id = ANY(%(ids)s) AND d.stage = ANY(%(stages)s)
   AND NOT EXISTS (SELECT FROM inventory_stocknode n WHERE n.dealer_id = d.id OR n.code = d.code)
"""
# What the node repeats of the archive; its parent is the level-1 agent's node.
FOLLOW = """
UPDATE inventory_stocknode n SET name = d.name, kind = 'agent' || d.agent_level, org_unit_id = d.org_unit_id,
       parent_id = coalesce(p.id, n.parent_id)
  FROM dealers_dealer d LEFT JOIN inventory_stocknode p ON p.dealer_id = d.parent_id
 WHERE d.id = ANY(%(ids)s) AND n.dealer_id = d.id
   AND (n.name, n.kind, n.org_unit_id, n.parent_id)
       IS DISTINCT FROM (d.name, 'agent' || d.agent_level, d.org_unit_id, coalesce(p.id, n.parent_id))
"""


def keep(ids: list[int]) -> int:
    """Create and update the nodes of these dealers; how many were created."""
    if not ids:
        return 0
    params = {"ids": list(ids), "stages": list(STAGES)}
    sql.execute(ADOPT, params)
    created = sql.execute(CREATE, params)
    sql.execute(FOLLOW, params)
    return created
