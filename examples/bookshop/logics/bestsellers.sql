---
description: the books that were ordered most
roles: [public]
params:
  days: { type: int, default: 30, min: 1, max: 3650 }
---
select b.id, b.title, sum(l.quantity) as sold
from order_lines l
join orders o on o.id = l.order_id
join books b on b.id = l.book_id
where o.placed_at > now() - make_interval(days => :days) and b.status = 'listed'
group by b.id
order by sold desc, b.id
limit 10;
