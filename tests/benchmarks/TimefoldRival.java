import ai.timefold.solver.core.api.domain.entity.PlanningEntity;
import ai.timefold.solver.core.api.domain.lookup.PlanningId;
import ai.timefold.solver.core.api.domain.solution.PlanningEntityCollectionProperty;
import ai.timefold.solver.core.api.domain.solution.PlanningScore;
import ai.timefold.solver.core.api.domain.solution.PlanningSolution;
import ai.timefold.solver.core.api.domain.solution.ProblemFactCollectionProperty;
import ai.timefold.solver.core.api.domain.valuerange.ValueRangeProvider;
import ai.timefold.solver.core.api.domain.variable.PlanningVariable;
import ai.timefold.solver.core.api.score.buildin.hardsoftlong.HardSoftLongScore;
import ai.timefold.solver.core.api.score.stream.Constraint;
import ai.timefold.solver.core.api.score.stream.ConstraintCollectors;
import ai.timefold.solver.core.api.score.stream.ConstraintFactory;
import ai.timefold.solver.core.api.score.stream.ConstraintProvider;
import ai.timefold.solver.core.api.score.stream.Joiners;
import ai.timefold.solver.core.api.solver.SolverFactory;
import ai.timefold.solver.core.config.solver.SolverConfig;
import ai.timefold.solver.core.config.solver.termination.TerminationConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;

/**
 * Timefold on one instance, with the search that it chooses by itself.
 *
 * Reads milliseconds, the earlier minutes of everybody, and start, end and able people of each task; prints who has each
 * task, -1 where somebody would be twice at work.
 */
public class TimefoldRival {

    /** Somebody who works, and the minutes from earlier. */
    public record Person(@PlanningId int id, long earlier) {
    }

    /** A task, and who has it. */
    @PlanningEntity
    public static class Task {
        @PlanningId
        public int id;
        public int start;
        public int end;
        @ValueRangeProvider(id = "able")
        public List<Person> able;
        @PlanningVariable(valueRangeProviderRefs = "able")
        public Person person;

        public int getStart() {
            return start;
        }

        public int getEnd() {
            return end;
        }

        public Person getPerson() {
            return person;
        }

        long minutes() {
            return end - start;
        }
    }

    /** All tasks and people. */
    @PlanningSolution
    public static class Plan {
        @ProblemFactCollectionProperty
        public List<Person> people = new ArrayList<>();
        @PlanningEntityCollectionProperty
        public List<Task> tasks = new ArrayList<>();
        @PlanningScore
        public HardSoftLongScore score;
    }

    /** Nobody twice at one time; then the smallest sum of squared minutes. */
    public static class Rules implements ConstraintProvider {
        @Override
        public Constraint[] defineConstraints(ConstraintFactory factory) {
            return new Constraint[] {
                factory.forEachUniquePair(
                                Task.class,
                                Joiners.equal(Task::getPerson),
                                Joiners.overlapping(Task::getStart, Task::getEnd))
                        .penalizeLong(HardSoftLongScore.ONE_HARD, (one, other) -> 1)
                        .asConstraint("twice at work"),
                factory.forEach(Task.class)
                        .groupBy(Task::getPerson, ConstraintCollectors.sumLong(Task::minutes))
                        .penalizeLong(
                                HardSoftLongScore.ONE_SOFT,
                                (person, minutes) -> minutes * (2 * person.earlier() + minutes))
                        .asConstraint("squared minutes"),
            };
        }
    }

    public static void main(String[] arguments) {
        Scanner in = new Scanner(System.in);
        long milliseconds = in.nextLong();
        Plan plan = read(in);
        SolverConfig config = new SolverConfig()
                .withSolutionClass(Plan.class)
                .withEntityClasses(Task.class)
                .withConstraintProviderClass(Rules.class)
                .withTerminationConfig(
                        new TerminationConfig().withSpentLimit(Duration.ofMillis(milliseconds)));
        Plan best = SolverFactory.<Plan>create(config).buildSolver().solve(plan);
        StringBuilder owners = new StringBuilder();
        List<Task> kept = new ArrayList<>();
        for (Task task : best.tasks) {
            boolean twice = kept.stream()
                    .anyMatch(other -> other.person == task.person
                            && other.start < task.end
                            && task.start < other.end);
            if (!twice) {
                kept.add(task);
            }
            owners.append(twice ? -1 : task.person.id()).append('\n');
        }
        System.out.print(owners);
    }

    private static Plan read(Scanner in) {
        Plan plan = new Plan();
        int people = in.nextInt();
        for (int id = 0; id < people; id++) {
            plan.people.add(new Person(id, in.nextLong()));
        }
        int tasks = in.nextInt();
        for (int id = 0; id < tasks; id++) {
            Task task = new Task();
            task.id = id;
            task.start = in.nextInt();
            task.end = in.nextInt();
            task.able = new ArrayList<>();
            int able = in.nextInt();
            for (int each = 0; each < able; each++) {
                task.able.add(plan.people.get(in.nextInt()));
            }
            plan.tasks.add(task);
        }
        return plan;
    }
}
