namespace Frugal.Training.Methods.Distillation;

/// <summary>What the discriminator's loss does to the student.</summary>
public enum DiscriminatorMode
{
    /// <summary>Student and discriminator minimise it together, as in the authors' code.</summary>
    Joint,

    /// <summary>The student receives its gradient with the sign turned, so that it learns to be taken for the teachers.</summary>
    Reversal,

    /// <summary>There is no discriminator.</summary>
    Off,
}
